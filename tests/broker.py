"""Points this process at a test's own Redis: settings, suggestions and Celery's producers."""

import pytest
from pytest_django import Settings

from generation.redis_connection import kombu_url
from webapp.celery import app


def use_redis(url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REDIS_URL = url
    monkeypatch.setenv("CELERY_BROKER_URL", kombu_url(url))
    # Celery keeps the connections to the broker that it knew first.
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
