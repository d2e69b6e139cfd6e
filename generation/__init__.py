"""Checkpoints and decoding: a plain package that knows nothing of documents, users or Django."""

import os

# GNU's OpenMP reads this when PyTorch is imported. A thread that has done its share of a product waits awake for the
# next one for 0.1 ms, which bridges a step's pauses, and not for 4, which on busy cores it takes from those whom it
# waits for: with another program on the same two cores fp32 steps took three to nine times as long, and int8 ones, of
# many rows, nearly twice (docs/performance.md).
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
