"""A fixed copy of a document that anybody may read, at a short address, until it is taken back."""

import secrets
import string

from django.db import models
from django.utils import timezone

from webapp.models.document import MAX_TITLE_LENGTH, Document

SLUG_LENGTH = 10
# Without what is read or typed as something else: 0 O o, 1 l I.
ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0Oo1lI")))


def new_slug() -> str:
    """58 random bits: short enough to type, too many to try."""
    return "".join(secrets.choice(ALPHABET) for _ in range(SLUG_LENGTH))


class PublicationQuerySet(models.QuerySet["Publication"]):
    def visible(self) -> "PublicationQuerySet":
        return self.filter(document__is_disabled=False)


class Publication(models.Model):
    slug = models.CharField(primary_key=True, max_length=SLUG_LENGTH, default=new_slug, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="publications")
    title = models.CharField(max_length=MAX_TITLE_LENGTH)
    byline = models.CharField(max_length=100, help_text="Who published it, as others know them.")
    text = models.TextField(blank=True)
    attribution = models.JSONField(help_text="Attribution.to_dict()")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PublicationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.title} ({self.slug})"
