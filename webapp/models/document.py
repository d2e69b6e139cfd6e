"""A document as it is listed, owned and locked. Its text is in its updates and snapshots."""

import uuid

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db import models
from django.db.models import Q
from django.utils import timezone

MAX_TITLE_LENGTH = 200


class DocumentQuerySet(models.QuerySet["Document"]):
    def owned_by(self, browser_id: str, user: User | AnonymousUser | None) -> "DocumentQuerySet":
        """A document of an account is that account's alone; without one it belongs to the browser that began it."""
        owned = Q(user=None, browser_id=browser_id) if browser_id else Q(pk__in=())
        if user is not None and user.is_authenticated:
            owned |= Q(user=user)
        return self.filter(owned)


class Document(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    browser_id = models.CharField(max_length=32)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="documents"
    )
    # Empty until somebody names it: then its first line is its title, see webapp.paragraphs.title_of.
    title = models.CharField(max_length=MAX_TITLE_LENGTH, blank=True)
    revision = models.PositiveBigIntegerField(default=0, editable=False, help_text="How many updates were accepted.")
    is_disabled = models.BooleanField("disabled", default=False, help_text="Nobody can open or edit it.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["browser_id", "-updated_at"], name="document_of_browser"),
            models.Index(fields=["user", "-updated_at"], name="document_of_user"),
        ]

    def __str__(self) -> str:
        return self.title or "Untitled"
