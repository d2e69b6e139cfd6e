"""What the people who run Inkling see and decide, in Django's admin."""

from webapp.admin import checkpoints, documents, publications

__all__ = ["checkpoints", "documents", "publications"]
