"""A revision that somebody gave a name, to find it again. A name per revision; naming it anew replaces the name."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from webapp.models.document import Document

MAX_NAME_LENGTH = 100


class NamedVersion(models.Model):
    # No index of its own: the unique constraint's begins with the document too.
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="named_versions", db_index=False)
    revision = models.PositiveBigIntegerField()
    name = models.CharField(max_length=MAX_NAME_LENGTH)
    author_name = models.CharField(max_length=100)
    author_color = models.PositiveSmallIntegerField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "revision"], name="one_name_per_revision")]

    def __str__(self) -> str:
        return self.name
