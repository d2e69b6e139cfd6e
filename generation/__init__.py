"""Checkpoints and decoding: a plain package that knows nothing of documents, users or Django."""
