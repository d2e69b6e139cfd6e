"""Measures what a checkpoint knows of text that it was not trained on."""
