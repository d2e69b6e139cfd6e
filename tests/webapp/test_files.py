"""Documents as files: what comes in is checked, what goes out says who wrote it, and only to those who may read."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.webapp.writing import suggest, write
from webapp import imports
from webapp.collab import authority
from webapp.errors import ClientError
from webapp.models import Document, ShareLink
from webapp.views.files import file_name


def bring(client: Client, data: bytes, name: str = "My story.txt") -> Any:
    return client.post("/documents/import/", {"file": SimpleUploadedFile(name, data)})


def take(client: Client, target: Document | ShareLink, kind: str) -> Any:
    place = "documents" if isinstance(target, Document) else "shares"
    return client.get(f"/{place}/{target.pk}/export/{kind}")


@pytest.fixture
def story(document: Document) -> Document:
    write(document, "It was late, ")
    suggest(document, "and <nobody> came. 🖋")
    write(document, "\n\nThe end.")
    return document


def test_a_text_becomes_a_document(alice: Client) -> None:
    response = bring(alice, "\ufeffOne.\r\nTwo.\rThree. 🖋\n".encode())
    document = Document.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/documents/{document.pk}/")
    assert (document.title, document.browser_id) == ("My story", alice.session["browser_id"])
    state = authority.read(document.pk)
    assert state.text == "One.\nTwo.\nThree. 🖋\n"
    assert [source.origin for source in state.attribution.sources] == ["imported"]


@pytest.mark.parametrize("name", ["notes.md", "NOTES.TXT", "../../etc/passwd.md", "a\u202eb.txt"])
def test_names_are_taken_without_their_folders_and_tricks(alice: Client, name: str) -> None:
    assert bring(alice, b"x", name).status_code == 303
    assert Document.objects.get().title in ("notes", "NOTES", "passwd", "ab")


def test_an_empty_file_is_an_empty_document(alice: Client) -> None:
    assert bring(alice, b"").status_code == 303
    assert authority.read(Document.objects.get().pk).text == ""


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"x", "story.docx", "Only .txt and .md"),
        (b"x", "story", "Only .txt and .md"),
        (b"caf\xe9", "a.txt", "no text in UTF-8 (byte 4)"),
        ("x".encode("utf-16"), "a.txt", "no text in UTF-8"),
        (b"\xed\xa0\x80", "a.txt", "no text in UTF-8"),
        (b"a\n\0", "a.txt", "NUL character (line 2)"),
        (b"x" * 2_000_001, "a.txt", "at most 2,000,000"),
        (b"x" * 6_000_001, "a.txt", "at most 6,000,000"),
    ],
)
def test_what_is_no_text_is_refused_in_plain_words(alice: Client, data: bytes, name: str, words: str) -> None:
    response = bring(alice, data, name)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert not Document.objects.exists()


def test_a_form_without_a_file_says_so(alice: Client) -> None:
    response = alice.post("/documents/import/", {"file": "not a file"})
    assert (response.status_code, "Choose a file first." in response.content.decode()) == (400, True)


def test_nothing_is_left_where_the_authority_refuses(alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def accept(*_: object) -> int:
        raise ClientError("unavailable", "The database does not answer.")

    monkeypatch.setattr(authority, "accept", accept)
    assert "The database does not answer." in bring(alice, b"four").content.decode()
    assert not Document.objects.exists()


def test_no_other_site_may_import(db: None) -> None:
    assert bring(Client(enforce_csrf_checks=True), b"x").status_code == 403


@pytest.mark.parametrize("kind", ["txt", "md"])
def test_a_text_leaves_as_it_was_written_and_comes_back_the_same(alice: Client, story: Document, kind: str) -> None:
    response = take(alice, story, kind)
    assert response.content.decode() == authority.read(story.pk).text
    assert response["Content-Disposition"] == f'attachment; filename="The lighthouse.{kind}"'
    bring(alice, response.content, f"back.{kind}")
    assert authority.read(Document.objects.get(title="back").pk).text == authority.read(story.pk).text


def test_a_page_marks_the_machines_words(alice: Client, story: Document) -> None:
    page = take(alice, story, "html").content.decode()
    [mark] = re.findall("<mark.*?</mark>", page)
    assert 'data-checkpoint="novels-7m"' in mark
    assert 'data-temperature="0.9" data-seed="7" data-verified="true" data-accepted-by="Ada"' in mark
    assert mark.endswith(">and &lt;nobody&gt; came. 🖋</mark>")
    assert "<p>The end.</p>" in page


def test_json_holds_all_that_is_known_and_no_ids(alice: Client, story: Document) -> None:
    response = take(alice, story, "json")
    content = json.loads(response.content)
    assert (content["format"], content["version"], content["revision"]) == ("inkling-document", 1, 3)
    state = authority.read(story.pk)
    assert (content["text"], content["attribution"]) == (state.text, state.attribution.to_dict())
    assert [update["origin"] for update in content["updates"]] == ["typed", "suggestion", "typed"]
    assert content["updates"][1]["provenance"]["checkpoint"] == "novels-7m"
    assert content["updates"][0]["author"] == {"name": "Ada", "color": 1}
    for secret in (str(story.pk), story.pk.hex, story.browser_id, story.updates.first().session_id):
        assert secret not in response.content.decode()


@pytest.mark.parametrize("kind", ["txt", "md", "html", "json"])
def test_a_writer_takes_everything_a_reader_no_history_a_stranger_nothing(
    bob: Client, charlie: Client, story: Document, write_link: ShareLink, kind: str
) -> None:
    reading, _ = ShareLink.make(story, "view")
    session = bob.session
    session["shares"] = [*session["shares"], str(reading.pk)]
    session.save()
    assert take(bob, write_link, kind).status_code == 200
    assert take(bob, reading, kind).status_code == (404 if kind == "json" else 200)
    assert take(bob, story, kind).status_code == 404
    for target in (story, write_link, reading):
        assert take(charlie, target, kind).status_code == 404


@pytest.mark.parametrize("kind", ["pdf", "", "TXT", "txt/", "%00"])
def test_other_kinds_are_404(alice: Client, story: Document, kind: str) -> None:
    assert take(alice, story, kind).status_code == 404


@pytest.mark.parametrize(
    ("title", "name"),
    [
        (".hidden", "hidden"),
        ("C:\\x", "C--x"),
        ("report\u202etxt.exe", "report txt.exe"),
        ("...", "Untitled"),
        ("word " * 40, ("word " * 12).strip()),
    ],
)
def test_a_file_is_named_for_every_system(title: str, name: str) -> None:
    assert file_name(title) == name


@pytest.mark.parametrize("title", ['a/b\\c "d"', "../x", "🖋"])
def test_a_file_name_cannot_leave_its_header(alice: Client, document: Document, title: str) -> None:
    Document.objects.update(title=title)
    header = take(alice, document, "txt")["Content-Disposition"]
    assert header.startswith("attachment; filename")
    assert "/" not in header.replace("utf-8''", "")


def test_the_limit_of_bytes_fits_every_text_that_is_possible() -> None:
    assert len("\uffff".encode()) * authority.MAX_LENGTH <= imports.MAX_BYTES
