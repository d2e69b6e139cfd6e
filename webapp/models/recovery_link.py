"""What brings documents back when a browser's cookie is lost, or an account when its password is.

Only a hash of the link's token is kept.
"""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from webapp.models.secret_token import hash_token, new_token


class RecoveryLinkQuerySet(models.QuerySet["RecoveryLink"]):
    def of_browser(self, browser_id: str) -> "RecoveryLinkQuerySet":
        return self.filter(browser_id=browser_id, user=None)

    def of_account(self, user: User) -> "RecoveryLinkQuerySet":
        return self.filter(user=user)

    def passing(self) -> "RecoveryLinkQuerySet":
        """Those that run out: sent by e-mail rather than kept in a drawer."""
        return self.exclude(expires_at=None)

    def lasting(self) -> "RecoveryLinkQuerySet":
        return self.filter(expires_at=None)

    def usable(self) -> "RecoveryLinkQuerySet":
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now())).exclude(user__is_active=False)


class RecoveryLink(models.Model):
    # Of an account where there is a user, else of a browser.
    browser_id = models.CharField(max_length=32, blank=True, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="recovery_links"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    objects = RecoveryLinkQuerySet.as_manager()

    def __str__(self) -> str:
        return f"recovery link of {self.user or self.browser_id}"

    @classmethod
    def make(cls, browser_id: str) -> str:
        """The token of a browser's only recovery link; an older link of its opens nothing any more."""
        return cls._replace(cls.objects.of_browser(browser_id), browser_id=browser_id)

    @classmethod
    def make_for_account(cls, user: User, lifetime: timedelta | None = None) -> str:
        """The token of an account's only link that lasts, or of its only one that does not."""
        own = cls.objects.of_account(user)
        if lifetime is None:
            return cls._replace(own.lasting(), user=user)
        return cls._replace(own.passing(), user=user, expires_at=timezone.now() + lifetime)

    @classmethod
    def with_token(cls, token: str) -> Self | None:
        return cls.objects.usable().filter(token_hash=hash_token(token)).first()  # type: ignore[return-value]

    @classmethod
    def _replace(cls, older: RecoveryLinkQuerySet, **fields: object) -> str:
        token = new_token()
        with transaction.atomic():
            older.delete()
            cls.objects.create(token_hash=hash_token(token), **fields)
        return token
