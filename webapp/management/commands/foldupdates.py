"""Makes long histories short: old updates go, what is left of the text keeps its authors."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from webapp.collab.folding import fold
from webapp.models import Document

# Whoever was away for a shorter time can still send what they wrote meanwhile.
MIN_DAYS = 30


class Command(BaseCommand):
    help = (
        "Delete the updates of all documents that are older than --days. Their timelines then begin later; texts, "
        "authors and named versions stay. Writing can go on meanwhile."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, required=True, help=f"at least {MIN_DAYS}")

    def handle(self, *args: Any, **options: Any) -> None:
        days: int = options["days"]
        if days < MIN_DAYS:
            raise CommandError(f"--days is {days}, expected at least {MIN_DAYS}")
        before = timezone.now() - timedelta(days=days)
        num_folded = 0
        for document_id in Document.objects.filter(created_at__lt=before).values_list("pk", flat=True):
            num_folded += fold(document_id, before)
        self.stdout.write(f"Folded {num_folded} updates from before {before:%Y-%m-%d}.")
