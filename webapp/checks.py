"""What `manage.py check --deploy` says about our own settings."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.security, deploy=True)
def check_secret_key(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.KEPT_SECRET_KEY:
        return []
    return [Error("SECRET_KEY is not set, so every process makes its own.", id="webapp.E001")]


@register(Tags.security, deploy=True)
def check_origins(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.IS_HTTPS:
        return []
    hint = 'Set ORIGINS to the addresses that people type, for example "https://write.example.org".'
    return [Warning("Not every one of ORIGINS is https, so cookies travel unprotected.", hint=hint, id="webapp.W001")]
