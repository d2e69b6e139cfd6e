"""Who a browser is: an id kept in its session. Documents belong to it, and to the account that signs in with it.

A guest's name is kept there too, so that it holds for all documents of a browser.
"""

import uuid
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from webapp.collab.names import as_guest, guest_name
from webapp.models import Document

# Of the sign-in form: the account shall not have what this browser wrote.
LEAVE_FIELD = "leave_documents"


def recognise(session: SessionBase) -> str:
    """The browser's id, made on its first page. A visit a day keeps the cookie from running out."""
    if "browser_id" not in session:
        session["browser_id"] = uuid.uuid4().hex
    today = timezone.now().date().isoformat()
    if session.get("seen_on") != today:
        session["seen_on"] = today
    return str(session["browser_id"])


def guest_name_of(session: SessionBase) -> str:
    """What the browser's guest wants to be called, else two words of ours."""
    chosen = session.get("guest_name")
    return as_guest(chosen) if chosen else guest_name(session.get("browser_id", ""))


def introduce(session_key: str, name: str | None) -> str:
    """Keeps a checked name, or forgets it, and returns what the guest is called now. Blocks on the database.

    The session is read anew: a socket's copy is as old as the socket, and would undo what pages did since.
    """
    session: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    if name is None:
        session.pop("guest_name", None)
    else:
        session["guest_name"] = name
    session.save()
    return guest_name_of(session)


def adopt_documents(*, request: HttpRequest, user: AbstractBaseUser, **_: object) -> None:
    """What the browser wrote before signing in goes to the account, unless the form says that it shall not."""
    browser_id = request.session.get("browser_id")
    if browser_id and LEAVE_FIELD not in request.POST:
        Document.objects.filter(browser_id=browser_id, user=None).update(user=user)


def num_documents(request: HttpRequest) -> int:
    """How many documents belong to this browser and to no account."""
    return Document.objects.owned_by(recognise(request.session), None).count()


def adoption(request: HttpRequest) -> dict[str, Any]:
    """What a form that signs in has to ask, for _adopted.html."""
    return {"num_documents": num_documents(request), "leave_field": LEAVE_FIELD}


def watch() -> None:
    """Called once, when Django is ready."""
    user_logged_in.connect(adopt_documents, dispatch_uid="adopt_documents")
