"""Puts the known checkpoints into the catalogue. Those that are there stay as an admin left them."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from webapp.known_checkpoints import KNOWN_CHECKPOINTS
from webapp.models import Checkpoint


class Command(BaseCommand):
    help = "Add the known checkpoints that the catalogue lacks; CHECKPOINT names the default one."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            for known in KNOWN_CHECKPOINTS:
                register(known)
            choose_default(settings.CHECKPOINT)


def register(known: dict[str, Any]) -> None:
    if Checkpoint.objects.filter(name=known["name"]).exists():
        return
    checkpoint = Checkpoint(**known)
    checkpoint.full_clean()
    checkpoint.save()


def choose_default(wanted: str) -> None:
    """The wanted one, else the one that is the default already, else the bundled one."""
    if not wanted and Checkpoint.objects.filter(is_default=True).exists():
        return
    checkpoint = Checkpoint.objects.filter(name=wanted or "novels-7m").first()
    if checkpoint is None:
        names = ", ".join(Checkpoint.objects.values_list("name", flat=True))
        raise CommandError(f"CHECKPOINT is {wanted!r}, expected one of {names}")
    if checkpoint.is_default:
        return
    try:
        checkpoint.make_default()
    except ValidationError as error:
        raise CommandError(error.messages[0]) from error
