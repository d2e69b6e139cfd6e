"""A document's text and attribution at one revision, so that opening it need not read every update."""

from django.db import models
from django.utils import timezone

from webapp.models.document import Document


class Snapshot(models.Model):
    # No index of its own: the unique constraint's begins with the document too.
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="snapshots", db_index=False)
    revision = models.PositiveBigIntegerField()
    text = models.TextField(blank=True)
    attribution = models.JSONField(help_text="Attribution.to_dict()")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "revision"], name="snapshot_once_per_revision")]

    def __str__(self) -> str:
        return f"snapshot of {self.document_id} at {self.revision}"
