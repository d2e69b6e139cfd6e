"""The Celery task that hands a request to this process' worker. JSON in, events out. Imports no torch."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from generation.messages import GenerationRequest
from generation.serving import current_worker


@shared_task(name="generation.generate", ignore_result=True)  # type: ignore[untyped-decorator]  # celery is untyped
def generate(payload: dict[str, Any]) -> None:
    """Answers a GenerationRequest, given as its dict; a request that came already is not answered twice."""
    current_worker().answer(GenerationRequest.from_dict(payload))
