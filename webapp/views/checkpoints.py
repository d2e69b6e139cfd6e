"""A checkpoint's card, and the short form of it that home and editor show."""

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from webapp.models import Checkpoint
from webapp.suggestions import CheckpointStatus, checkpoint_states


@require_safe
def checkpoint_card(request: HttpRequest, name: str) -> HttpResponse:
    checkpoint = get_object_or_404(Checkpoint.objects.visible_to(request.user), name=name)
    states = async_to_sync(checkpoint_states)()
    card = {
        **describe(checkpoint, states.get(name)),
        "source": checkpoint.get_source_kind_display(),
        "location": checkpoint.location,
        "revision": checkpoint.revision,
        "licence": checkpoint.licence,
        "facts": checkpoint.facts,
        "limitations": checkpoint.limitations,
        "content_warning": checkpoint.content_warning,
        "evaluation": checkpoint.evaluation,
    }
    return render(request, "checkpoint.html", {"checkpoint": card})


def visible_checkpoints(user: User | AnonymousUser) -> list[dict[str, Any]]:
    states = async_to_sync(checkpoint_states)()
    visible = Checkpoint.objects.visible_to(user)
    return [describe(checkpoint, states.get(checkpoint.name)) for checkpoint in visible]


def describe(checkpoint: Checkpoint, status: CheckpointStatus | None) -> dict[str, Any]:
    """As the socket's `checkpoints` frame has it; a checkpoint that no worker speaks of is unavailable."""
    return {
        "name": checkpoint.name,
        "title": checkpoint.title,
        "description": checkpoint.description,
        "num_parameters": checkpoint.num_parameters,
        "context_length": checkpoint.context_length,
        "state": status.state if status else "unavailable",
        "reason": status.reason if status else "",
        "progress": status.progress if status else None,
        "is_default": checkpoint.is_default,
    }
