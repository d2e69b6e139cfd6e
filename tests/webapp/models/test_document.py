"""Whose a document is."""

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import IntegrityError, transaction

from webapp.models import Document, Update


@pytest.fixture
def ada(db: None) -> User:
    return User.objects.create_user("ada")


def test_a_document_belongs_to_the_browser_that_began_it(db: None) -> None:
    mine = Document.objects.create(browser_id="mine")
    Document.objects.create(browser_id="theirs")
    assert list(Document.objects.owned_by("mine", AnonymousUser())) == [mine]
    assert list(Document.objects.owned_by("mine", None)) == [mine]


def test_an_account_owns_its_documents_in_every_browser(ada: User) -> None:
    hers = Document.objects.create(browser_id="her first", user=ada)
    here = Document.objects.create(browser_id="her second")
    assert set(Document.objects.owned_by("her second", ada)) == {hers, here}


def test_a_documents_account_keeps_others_at_its_browser_out(ada: User) -> None:
    Document.objects.create(browser_id="shared", user=ada)
    assert not Document.objects.owned_by("shared", AnonymousUser())
    assert not Document.objects.owned_by("shared", User.objects.create_user("bob"))


def test_a_browser_without_an_id_owns_nothing(db: None) -> None:
    Document.objects.create(browser_id="")
    assert not Document.objects.owned_by("", AnonymousUser())


def test_a_document_without_a_title_has_a_name(db: None) -> None:
    assert str(Document(title="The lighthouse")) == "The lighthouse"
    assert str(Document()) == "Untitled"


@pytest.mark.parametrize("twin", [{"revision": 1, "number": 1}, {"revision": 2, "number": 0}])
def test_a_revision_and_a_sessions_number_exist_once(document: Document, twin: dict[str, int]) -> None:
    told = {"session_id": "s", "author_name": "Ada", "author_color": 1, "origin": "typed", "changes": []}
    Update.objects.create(document=document, revision=1, number=0, **told)
    with pytest.raises(IntegrityError), transaction.atomic():
        Update.objects.create(document=document, **twin, **told)
