"""Decodes GPT-2 checkpoints for many requests at once."""

from generation.engine.engine import Engine, LoadedInfo

__all__ = ["Engine", "LoadedInfo"]
