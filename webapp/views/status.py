"""The admin's page of workers and queues: what the heartbeats in Redis say, as a page and as the JSON that it polls."""

from dataclasses import asdict
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import RedisError

from webapp import suggestions
from webapp.celery import RECORDS_QUEUE
from webapp.models import Checkpoint


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
    names = [RECORDS_QUEUE, *(suggestions.queue_of(checkpoint.name) for checkpoint in Checkpoint.objects.enabled())]
    try:
        workers = [asdict(heartbeat) for heartbeat in suggestions.workers()]
        queues = [{"name": name, "length": suggestions.num_waiting(name)} for name in names]
        return {"redis": "ok", "workers": workers, "queues": queues}
    except (RedisError, OSError) as error:
        return {"redis": f"no answer: {error}", "workers": [], "queues": []}
