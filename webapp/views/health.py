"""For load balancers: is the process alive. For start-up and people: can one write here, and what is missing."""

import logging

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

from webapp import catalogue
from webapp.models.checkpoint import CatalogueVersion, Checkpoint
from webapp.suggestions import checkpoint_states

logger = logging.getLogger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("the database does not answer")
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    missing = [*missing_database(), *(missing_redis() or missing_checkpoint())]
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


def missing_database() -> list[str]:
    """Writes and reads a row, then takes it back."""
    try:
        with transaction.atomic():
            CatalogueVersion.objects.update_or_create(pk=0, defaults={"number": 1})
            CatalogueVersion.objects.get(pk=0)
            transaction.set_rollback(True)
    except DatabaseError:
        logger.exception("the database cannot be written")
        return ["database: it cannot be written"]
    return []


def missing_redis() -> list[str]:
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as redis:
            redis.ping()
    except (RedisError, OSError) as error:
        logger.warning("Redis does not answer: %s", error)
        return ["redis: no answer"]
    return []


def missing_checkpoint() -> list[str]:
    """A Redis that was emptied gets its catalogue back here, since this page is asked again and again."""
    catalogue.publish_if_behind()
    states = async_to_sync(checkpoint_states)()
    if any(status.state == "ready" for status in states.values()):
        return []
    name = Checkpoint.objects.filter(is_default=True).values_list("name", flat=True).first()
    status = states.get(name) if name else None
    if status is None:
        return ["checkpoint: the catalogue has not reached Redis yet"]
    return [f"checkpoint: {name} is {status.state}{': ' if status.reason else ''}{status.reason}"]
