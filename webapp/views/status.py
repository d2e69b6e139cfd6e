"""The admin's page of workers and queues: what the heartbeats in Redis say, as a page and as the JSON that it polls."""

import json
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis, RedisError

from webapp.celery import BROKER_PREFIX, RECORDS_QUEUE
from webapp.models import Checkpoint

WORKERS_KEY = "inkling:workers"
HEARTBEAT_PREFIX = "inkling:worker:"


@require_safe
@never_cache
def status_page(request: HttpRequest) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": "Workers and queues", "status": read_status()}
    return render(request, "admin/status.html", context)


@require_safe
@never_cache
def status_data(request: HttpRequest) -> HttpResponse:
    return JsonResponse(read_status())


def read_status() -> dict[str, Any]:
    """`{"redis": "ok" or why not, "workers": [heartbeat], "queues": [{"name", "length"}]}`"""
    names = [RECORDS_QUEUE, *(f"checkpoint.{checkpoint.name}" for checkpoint in Checkpoint.objects.enabled())]
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as redis:
            return {"redis": "ok", "workers": read_heartbeats(redis), "queues": read_queues(redis, names)}
    except (RedisError, OSError) as error:
        return {"redis": f"no answer: {error}", "workers": [], "queues": []}


def read_heartbeats(redis: Redis) -> list[dict[str, Any]]:
    worker_ids = sorted(value.decode() for value in redis.smembers(WORKERS_KEY))  # type: ignore[union-attr]
    texts = redis.mget([HEARTBEAT_PREFIX + worker_id for worker_id in worker_ids]) if worker_ids else []
    return [json.loads(text) for text in texts if text is not None]


def read_queues(redis: Redis, names: list[str]) -> list[dict[str, Any]]:
    return [{"name": name, "length": redis.llen(BROKER_PREFIX + name)} for name in names]
