"""Keeps long histories small: fewer old snapshots, and on request no old updates.

A document's oldest snapshot is where its history begins: every revision from there on can be told. It is the empty
text at first, a text that was brought along, or what `fold` left.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from webapp.models import Document, NamedVersion, Snapshot, Update

# About so many lie between the oldest and the newest two; from one to the next a history is read update by update.
MAX_SNAPSHOTS: Final = 32
# How many rows one transaction deletes, since all writers wait for it.
ROWS_AT_ONCE: Final = 500


def thin_snapshots(document_id: UUID, head: int, every: int) -> None:
    """Deletes snapshots, made `every` so many updates, that lie closer together than `head` updates have use for."""
    spacing = every
    while head > spacing * MAX_SNAPSHOTS:
        spacing *= 2
    snapshots = list(_snapshots(document_id).order_by("revision").values_list("pk", "revision"))
    # The first one of each stretch stays: it is also the first of the stretch twice as long that comes later.
    kept = {revision // spacing: pk for pk, revision in reversed(snapshots)}
    between = [pk for pk, _ in snapshots[1:-2] if pk not in kept.values()]
    if between:
        Snapshot.objects.filter(pk__in=between).delete()


def fold(document_id: UUID, before: datetime) -> int:
    """Deletes the updates that were accepted before, up to some snapshot, and returns how many these were.

    What is left of the text keeps its authors, which the snapshot tells. Each session's last update stays, so that an
    edit that is sent again still counts once. Versions that people named can still be read, and all that came later.
    """
    # The new beginning becomes the oldest snapshot before any update goes, so this may be interrupted anywhere. The
    # lock keeps it from being thinned out meanwhile.
    with transaction.atomic():
        list(Document.objects.select_for_update().filter(pk=document_id))
        beginning = _new_beginning(document_id, before)
        if beginning is None:
            return 0
        _snapshots(document_id).filter(revision__lt=beginning).delete()
    num_deleted = 0
    while deleted := _delete_some(document_id, beginning):
        num_deleted += deleted
    return num_deleted


def _new_beginning(document_id: UUID, before: datetime) -> int | None:
    """The revision of the newest snapshot that may become the oldest."""
    snapshots = _snapshots(document_id)
    young = Update.objects.filter(document_id=document_id, created_at__gte=before)
    first_young = young.order_by("revision").values_list("revision", flat=True).first()
    if first_young is not None:
        snapshots = snapshots.filter(revision__lt=first_young)
    versions = NamedVersion.objects.filter(document_id=document_id)
    first_named = versions.order_by("revision").values_list("revision", flat=True).first()
    if first_named is not None:
        snapshots = snapshots.filter(revision__lte=first_named)
    return snapshots.order_by("-revision").values_list("revision", flat=True).first()


def _delete_some(document_id: UUID, beginning: int) -> int:
    later = Update.objects.filter(
        document_id=document_id, session_id=OuterRef("session_id"), number__gt=OuterRef("number")
    )
    with transaction.atomic():
        rows = Update.objects.filter(Exists(later), document_id=document_id, revision__lte=beginning)
        some = list(rows.order_by("revision").values_list("pk", flat=True)[:ROWS_AT_ONCE])
        num_deleted, _ = Update.objects.filter(pk__in=some).delete()
    return num_deleted


def _snapshots(document_id: UUID) -> QuerySet[Snapshot]:
    return Snapshot.objects.filter(document_id=document_id)
