"""One aggregate per file."""

from webapp.models.checkpoint import Checkpoint
from webapp.models.document import Document
from webapp.models.named_version import NamedVersion
from webapp.models.share_link import ShareLink
from webapp.models.snapshot import Snapshot
from webapp.models.update import Update

__all__ = ["Checkpoint", "Document", "NamedVersion", "ShareLink", "Snapshot", "Update"]
