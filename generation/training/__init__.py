"""Trains the bundled checkpoint: a small GPT-2 with its own tokenizer, from a folder of plain-text books."""
