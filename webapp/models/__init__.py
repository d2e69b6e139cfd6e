"""One aggregate per file."""

from webapp.models.checkpoint import Checkpoint
from webapp.models.document import Document
from webapp.models.named_version import NamedVersion
from webapp.models.offer import Offer
from webapp.models.publication import Publication
from webapp.models.recovery_link import RecoveryLink
from webapp.models.search_entry import SearchEntry
from webapp.models.share_link import ShareLink
from webapp.models.snapshot import Snapshot
from webapp.models.update import Update

__all__ = [
    "Checkpoint",
    "Document",
    "NamedVersion",
    "Offer",
    "Publication",
    "RecoveryLink",
    "SearchEntry",
    "ShareLink",
    "Snapshot",
    "Update",
]
