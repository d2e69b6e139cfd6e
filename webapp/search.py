"""Lists and searches somebody's documents, by title and text. What is searched is made when somebody looks."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Final

from django.db.models import Case, Expression, F, IntegerField, Q, Value, When

from webapp.collab import authority
from webapp.models import Document, SearchEntry
from webapp.models.document import DocumentQuerySet
from webapp.paragraphs import title_of
from webapp.search_words import fold, wishes

# Reading a long document takes milliseconds; what was written in more of them since the last look is listed as it was.
MAX_REFRESHED: Final = 200
# What a word is worth where it stands. Titles come first, and whole words before beginnings of words.
IN_TITLE: Final = 4
WHOLE_IN_TITLE: Final = 2
WHOLE_IN_TEXT: Final = 1


def listed(documents: DocumentQuerySet) -> DocumentQuerySet:
    """The newest first, each with its `search_entry`."""
    refresh(documents)
    return documents.select_related("search_entry").order_by("-updated_at", "pk")


def found(documents: DocumentQuerySet, query: str) -> DocumentQuerySet:
    """Those that have every word of the query in title or text, the best first; the newest of equally good ones."""
    wanted = wishes(query)
    if not wanted:
        return documents.none()
    for wish in wanted:
        documents = documents.filter(_has("title_words", f" {wish}") | _has("words", f" {wish}"))
    return documents.annotate(rank=reduce(add, map(_rank, wanted))).order_by("-rank", "-updated_at", "pk")


def refresh(documents: DocumentQuerySet) -> None:
    is_fresh = Q(search_entry__revision=F("revision"), search_entry__title=F("title"))
    stale = documents.exclude(is_fresh) | documents.filter(search_entry=None)
    for document in stale.order_by("-updated_at")[:MAX_REFRESHED]:
        SearchEntry.objects.update_or_create(document=document, defaults=entry_of(document))


def entry_of(document: Document) -> dict[str, object]:
    state = authority.read(document.pk)
    return {
        "revision": state.revision,
        "title": document.title,
        "title_words": fold(title_of(document.title, state.text)),
        "first_line": title_of("", state.text),
        "num_words": len(state.text.split()),
        "text": state.text,
        "words": fold(state.text),
    }


def _rank(wish: str) -> Expression:
    return reduce(
        add,
        [
            _worth("title_words", f" {wish}", IN_TITLE),
            _worth("title_words", f" {wish} ", WHOLE_IN_TITLE),
            _worth("words", f" {wish} ", WHOLE_IN_TEXT),
        ],
    )


def _worth(field: str, words: str, points: int) -> Case:
    return Case(When(_has(field, words), then=Value(points)), default=Value(0), output_field=IntegerField())


def _has(field: str, words: str) -> Q:
    return Q(**{f"search_entry__{field}__contains": words})
