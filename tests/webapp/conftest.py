"""Three people for the tests of pages, sockets and documents: alice owns, bob holds a link, charlie is a stranger."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test import Client
from pytest_django import Settings

from webapp.models import Checkpoint, Document, ShareLink


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file, as in production: threads that share a database in memory lock each other's tables."""
    default = connections["default"].settings_dict
    if default["ENGINE"] == "django.db.backends.sqlite3":
        default["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def one_process(settings: Settings) -> None:
    """Consumers and pages of a test share this process, so the channel layer needs no Redis."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def browser_of(name: str) -> Client:
    """A browser that has been here before."""
    client = Client()
    session = client.session
    session["browser_id"] = name.ljust(32, "0")
    session.save()
    client.cookies["sessionid"] = session.session_key or ""
    return client


@pytest.fixture
def alice(db: None) -> Client:
    return browser_of("alice")


@pytest.fixture
def bob(db: None) -> Client:
    return browser_of("bob")


@pytest.fixture
def charlie(db: None) -> Client:
    return browser_of("charlie")


@pytest.fixture
def document(alice: Client) -> Document:
    """Alice's."""
    return Document.objects.create(browser_id=alice.session["browser_id"], title="The lighthouse")


@pytest.fixture
def write_link(document: Document, bob: Client) -> ShareLink:
    """Bob has followed it."""
    return follow(document, "write", bob)


@pytest.fixture
def view_link(document: Document, bob: Client) -> ShareLink:
    """Bob has followed it."""
    return follow(document, "view", bob)


def follow(document: Document, role: str, client: Client) -> ShareLink:
    link, _ = ShareLink.make(document, role)
    session = client.session
    session["shares"] = [*session.get("shares", []), str(link.pk)]
    session.save()
    return link


@pytest.fixture
def checkpoint(db: None) -> Checkpoint:
    """The default one."""
    return Checkpoint.objects.create(
        name="novels-7m", title="Novels 7M", source_kind="bundled", location="novels-7m", is_default=True
    )
