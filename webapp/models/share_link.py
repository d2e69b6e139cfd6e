"""A link that lets whoever holds it read or write one document. Only a hash of its token is kept."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from webapp.models.document import Document
from webapp.models.secret_token import hash_token, new_token

# "Last used" is for people; a row written for every page that opens would be for nobody.
USE_IS_NOTED_AFTER = timedelta(minutes=1)


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def usable(self) -> "ShareLinkQuerySet":
        """Neither taken back nor run out, and leading to a document that is not disabled."""
        lasts = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(lasts, revoked_at=None, document__is_disabled=False)

    def with_token(self, token: str) -> "ShareLinkQuerySet":
        return self.filter(token_hash=hash_token(token))

    def listed(self) -> "ShareLinkQuerySet":
        """Those that an owner still has to think of, the newest first."""
        return self.usable().order_by("-created_at")

    def revoke(self) -> int:
        """Takes the links back for good; returns how many were still in force."""
        return self.filter(revoked_at=None).update(revoked_at=timezone.now())


class ShareLink(models.Model):
    class Role(models.TextChoices):
        VIEW = "view", "can view"
        WRITE = "write", "can write"

    # Addresses carry this id, which neither opens anything by itself nor tells the document's.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="share_links")
    role = models.CharField(max_length=5, choices=Role)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    label = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(role__in=["view", "write"]), name="share_link_has_a_role")]

    def __str__(self) -> str:
        return self.label or f"{self.get_role_display()}, {self.created_at:%Y-%m-%d}"

    @classmethod
    def make(
        cls, document: Document, role: str, *, label: str = "", expires_at: datetime | None = None
    ) -> tuple[Self, str]:
        """A new link and its token, which is shown once and kept nowhere."""
        token = new_token()
        link = cls.objects.create(
            document=document, role=role, token_hash=hash_token(token), label=label, expires_at=expires_at
        )
        return link, token

    def note_use(self) -> None:
        now = timezone.now()
        if self.last_used_at is None or now - self.last_used_at > USE_IS_NOTED_AFTER:
            ShareLink.objects.filter(pk=self.pk).update(last_used_at=now)
