"""One accepted update: what was changed, by whom, and how. Rows are only ever added; a document is their sum."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from webapp.models.document import Document


class UpdateQuerySet(models.QuerySet["Update"]):
    def beyond(self, revision: int) -> "UpdateQuerySet":
        """Those accepted after `revision`, in their order."""
        return self.filter(revision__gt=revision).order_by("revision")


class Update(models.Model):
    class Origin(models.TextChoices):
        TYPED = "typed"
        SUGGESTION = "suggestion"
        PASTED = "pasted"
        IMPORTED = "imported"
        RESTORED = "restored"

    # No index of its own: the unique constraints' begin with the document too.
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="updates", db_index=False)
    revision = models.PositiveBigIntegerField(help_text="Of the document, after this update.")
    session_id = models.CharField(max_length=64, help_text="The open tab that it came from.")
    number = models.PositiveBigIntegerField(help_text="Counts the session's updates, from 0.")
    author_name = models.CharField(max_length=100)
    author_color = models.PositiveSmallIntegerField()
    browser_id = models.CharField(max_length=32)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    origin = models.CharField(max_length=10, choices=Origin)
    changes = models.JSONField(help_text="A ChangeSet in CodeMirror's JSON form, for the revision before.")
    provenance = models.JSONField(null=True, blank=True, help_text="Of a suggestion: what wrote it, and how.")
    created_at = models.DateTimeField(default=timezone.now)

    objects = UpdateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "revision"], name="update_once_per_revision"),
            models.UniqueConstraint(fields=["document", "session_id", "number"], name="update_once_per_number"),
        ]

    def __str__(self) -> str:
        return f"update {self.revision} of {self.document_id}"
