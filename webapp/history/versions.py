"""Names for revisions. Blocks on the database."""

from typing import Any, Final

from webapp.collab.authority import Author
from webapp.collab.names import clean_line
from webapp.errors import ClientError
from webapp.history.past import revision_unknown
from webapp.models import Document, NamedVersion
from webapp.models.named_version import MAX_NAME_LENGTH

MAX_VERSIONS: Final = 500


def name_revision(document: Document, author: Author, revision: int, name: str) -> NamedVersion:
    """Names a revision, or names it anew. ClientError "bad_field", "revision_unknown", "too_many"."""
    name = clean_line(name, MAX_NAME_LENGTH)
    if not name:
        raise ClientError("bad_field", "name is empty, expected a line of text")
    if not 0 <= revision <= document.revision:
        raise revision_unknown(document, revision)
    named = NamedVersion.objects.filter(document=document)
    if not named.filter(revision=revision).exists() and named.count() >= MAX_VERSIONS:
        raise ClientError("too_many", f"This document has {MAX_VERSIONS} named versions, more are not possible.")
    defaults = {
        "name": name,
        "author_name": author.name,
        "author_color": author.color,
        "user_id": author.user_id,
    }
    version, _ = NamedVersion.objects.update_or_create(document=document, revision=revision, defaults=defaults)
    return version


def forget_name(document: Document, revision: int) -> None:
    """Nothing but the name goes."""
    NamedVersion.objects.filter(document=document, revision=revision).delete()


def named_versions(document: Document) -> list[dict[str, Any]]:
    """The newest revision first."""
    return [describe(version) for version in NamedVersion.objects.filter(document=document).order_by("-revision")]


def describe(version: NamedVersion) -> dict[str, Any]:
    return {
        "revision": version.revision,
        "name": version.name,
        "author": {"name": version.author_name, "color": version.author_color},
        "at": version.created_at.isoformat(),
    }
