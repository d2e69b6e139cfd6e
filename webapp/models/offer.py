"""A suggestion that its asker offers to everybody who may write in the document. It is taken once, or never."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from webapp.models.document import Document


class OfferQuerySet(models.QuerySet["Offer"]):
    def open(self, now: datetime) -> "OfferQuerySet":
        """Those that can be taken, in the order in which they were made."""
        return self.filter(outcome=Offer.Outcome.OPEN, expires_at__gt=now).order_by("created_at")

    def made_by(self, browser_id: str, user_id: int | None) -> "OfferQuerySet":
        """A person's own, from whichever of their browsers where they have an account."""
        is_theirs = Q(browser_id=browser_id)
        return self.filter(is_theirs | Q(user_id=user_id) if user_id is not None else is_theirs)


class Offer(models.Model):
    class Outcome(models.TextChoices):
        OPEN = "open"
        TAKEN = "taken"
        WITHDRAWN = "withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No index of its own: the one below begins with the document too.
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="offers", db_index=False)
    author_name = models.CharField(max_length=100)
    author_color = models.PositiveSmallIntegerField()
    browser_id = models.CharField(max_length=32)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    text = models.TextField(help_text="What would be inserted.")
    before = models.TextField(help_text="The last characters before its place, when it was offered.")
    after = models.TextField(help_text="The first characters behind its place, of the same line.")
    position = models.PositiveBigIntegerField(help_text="In UTF-16 units, when it was offered.")
    provenance = models.JSONField(help_text="What wrote it, how, and for whom.")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN)
    closer_name = models.CharField(max_length=100, blank=True, help_text="Who took it, or withdrew it.")
    closer_color = models.PositiveSmallIntegerField(default=0)
    taker_browser_id = models.CharField(max_length=32, blank=True)
    taker_session_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    expires_at = models.DateTimeField()

    objects = OfferQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["document", "expires_at"], name="offers_of_document")]

    def __str__(self) -> str:
        return f"offer {self.pk} of {self.document_id}"
