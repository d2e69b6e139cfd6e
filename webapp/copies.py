"""New documents made of a text that is there, with all that is known of who wrote it. Blocks on the database."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest

from webapp import browser
from webapp.collab.authority import Author
from webapp.collab.names import color_index, guest_name
from webapp.collab.unavailable import answering_for_the_database
from webapp.models import Document, Snapshot
from webapp.models.document import MAX_TITLE_LENGTH


def author_of(request: HttpRequest) -> Author:
    """Who a page's visitor is as an author, the same as in the socket."""
    browser_id, user = browser.recognise(request.session), request.user
    name = user.get_username() if user.is_authenticated else guest_name(browser_id)
    return Author(name, color_index(browser_id), browser_id, user.pk)


def begin_copy(
    author: Author, title: str, text: str, attribution: dict[str, Any], *, ending: str = " (copy)"
) -> Document:
    """A document of the author's own that begins with the text, each stretch with the source that it had."""
    title = f"{title[: MAX_TITLE_LENGTH - len(ending)]}{ending}"
    with answering_for_the_database(), transaction.atomic():
        copy = Document.objects.create(browser_id=author.browser_id, user_id=author.user_id, title=title)
        Snapshot.objects.create(document=copy, revision=0, text=text, attribution=attribution)
    return copy
