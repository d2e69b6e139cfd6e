"""What happens to sessions, open tabs and documents when an account changes or goes. Blocks on the database.

A session holds a hash of its account's password, salt included: a new hash, even of the same password, ends them all.
"""

from __future__ import annotations

from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest

from webapp import browser
from webapp.collab.unavailable import answering_for_the_database
from webapp.deletion import delete_document
from webapp.groups import announce_account_changed
from webapp.models import RecoveryLink


def set_password(request: HttpRequest, user: User, password: str) -> None:
    """Ends every other session of the account, and the links that were sent to somebody who forgot the old one."""
    old_key = request.session.session_key
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        RecoveryLink.objects.of_account(user).passing().delete()
        if request.user == user:
            update_session_auth_hash(request, user)
        announce_account_changed(user.pk, renewed=old_key)


def sign_out(request: HttpRequest) -> None:
    """Followed links and the account are forgotten; open tabs of this session hear of it."""
    account_id = request.user.pk
    logout(request)
    if account_id is not None:
        announce_account_changed(account_id)


def delete_account(request: HttpRequest, user: User, *, keeps_documents: bool) -> None:
    """Its documents go with it, for good, or stay with this browser. In others' documents its name stays."""
    old_key, account_id = request.session.session_key, user.pk
    if keeps_documents:
        with answering_for_the_database():
            user.documents.update(user=None, browser_id=browser.recognise(request.session))
    delete_with_documents(user)
    logout(request)
    announce_account_changed(account_id, renewed=old_key)


def delete_with_documents(user: User) -> None:
    """One document after the other, so that nobody who writes elsewhere waits for all of them."""
    for document in user.documents.all():
        delete_document(document)
    with answering_for_the_database():
        user.delete()
