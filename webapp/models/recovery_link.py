"""What brings the documents of a browser back when its cookie is lost. Only a hash of the link's token is kept."""

from typing import Self

from django.db import models, transaction
from django.utils import timezone

from webapp.models.secret_token import hash_token, new_token


class RecoveryLink(models.Model):
    browser_id = models.CharField(max_length=32, db_index=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"recovery link of {self.browser_id}"

    @classmethod
    def make(cls, browser_id: str) -> str:
        """The token of a browser's only recovery link; an older link of its opens nothing any more."""
        token = new_token()
        with transaction.atomic():
            cls.objects.filter(browser_id=browser_id).delete()
            cls.objects.create(browser_id=browser_id, token_hash=hash_token(token))
        return token

    @classmethod
    def with_token(cls, token: str) -> Self | None:
        return cls.objects.filter(token_hash=hash_token(token)).first()
