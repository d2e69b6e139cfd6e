"""All of one's documents: listed, found by their words, nobody else's among them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.webapp.writing import write
from webapp import search
from webapp.models import Document, SearchEntry
from webapp.views.document_list import PAGE_LENGTH


def titles(client: Client, **query: Any) -> list[str]:
    return [row["title"] for row in client.get("/documents/", query).context["rows"]]


@pytest.fixture
def untitled(alice: Client) -> Document:
    document = Document.objects.create(browser_id=alice.session["browser_id"])
    write(document, "The tide turned.\nÜber dem Meer war es still.")
    return document


def test_documents_are_listed_by_title_or_first_line(alice: Client, document: Document, untitled: Document) -> None:
    assert titles(alice) == ["The tide turned.", "The lighthouse"]
    rows = alice.get("/documents/").context["rows"]
    assert rows[0]["num_words"] == 9


@pytest.mark.parametrize(
    "query",
    ["tide", "TIDE turned.", "über", "ÜBER DEM", " meer ", "uber", "still tide", "ti tu", '"dem meer"', "u\u0308ber"],
)
def test_words_of_the_text_are_found_in_any_case(
    alice: Client, document: Document, untitled: Document, query: str
) -> None:
    assert titles(alice, q=query) == ["The tide turned."]


def test_words_of_the_title_are_found_and_the_snippet_shows_those_of_the_text(
    alice: Client, document: Document, untitled: Document
) -> None:
    assert titles(alice, q="lightHOUSE") == ["The lighthouse"]
    [row] = alice.get("/documents/", {"q": "meer"}).context["rows"]
    assert "".join(piece.text for piece in row["snippet"]) == "The tide turned. Über dem Meer war es still."
    assert [piece.text for piece in row["snippet"] if piece.is_hit] == ["Meer"]


@pytest.mark.parametrize("query", ["tide lantern", "ide", '"meer dem"', "dem lighthouse"])
def test_every_word_has_to_be_there_from_its_beginning(
    alice: Client, document: Document, untitled: Document, query: str
) -> None:
    assert titles(alice, q=query) == []


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("猫が好きです。", "好き"),
        ("猫が好きです。", "が好"),
        ("나는 고양이를 좋아한다", "고양이"),
        ("ฉันรักแมว", "แมว"),
        ("Straße nach Łódź", "strasse lodz"),
        ("It’s Ada's", "its ada's"),
        ("İstanbul", "istanbul"),
        ("ﬁne œuvre", "fine oeuvre"),
        ("Ёлка", "елка"),
        ("snake_case", "case"),
    ],
)
def test_every_script_is_searched(alice: Client, document: Document, text: str, query: str) -> None:
    write(document, text)
    assert titles(alice, q=query) == ["The lighthouse"]
    assert any(piece.is_hit for piece in alice.get("/documents/", {"q": query}).context["rows"][0]["snippet"])


def test_titles_come_first_and_whole_words_before_beginnings(alice: Client) -> None:
    texts = {"In a title: tide": "Nothing.", "Begins": "Tides.", "Whole": "A tide.", "Tidelands": "Nothing."}
    for title, text in texts.items():
        write(Document.objects.create(browser_id=alice.session["browser_id"], title=title), text)
    assert titles(alice, q="tide") == ["In a title: tide", "Tidelands", "Whole", "Begins"]


def test_a_new_name_is_found_at_once(alice: Client, document: Document) -> None:
    titles(alice)
    alice.post(f"/documents/{document.pk}/rename/", {"title": "The harbour"})
    assert (titles(alice, q="harbour"), titles(alice, q="lighthouse")) == (["The harbour"], [])


def test_a_snippet_is_found_far_down(alice: Client, untitled: Document) -> None:
    write(untitled, " word" * 50_000 + " The lántern burned." + " word" * 100)
    [row] = alice.get("/documents/", {"q": "lantern"}).context["rows"]
    assert [piece.text for piece in row["snippet"] if piece.is_hit] == ["lántern"]
    assert (row["snippet"][0].text, row["snippet"][-1].text) == ("…", "…")


def test_what_was_written_since_is_found_and_what_was_deleted_is_not(alice: Client, untitled: Document) -> None:
    assert titles(alice, q="lantern") == []
    write(untitled, " A lantern.")
    assert titles(alice, q="lantern") == ["The tide turned."]
    assert SearchEntry.objects.count() == 1


@pytest.mark.parametrize("query", ["(", "[a-", ".*", "\\", "%", "_", "\0", "x" * 5000, "'; --", "🖋"])
def test_strange_words_find_nothing_and_break_nothing(alice: Client, untitled: Document, query: str) -> None:
    assert titles(alice, q=query) == (["The tide turned."] if query == "\0" else [])


def test_a_search_without_result_says_so(alice: Client, document: Document) -> None:
    assert "None of your pages" in alice.get("/documents/", {"q": "<nothing>"}).content.decode()


def test_others_see_none_of_it(alice: Client, charlie: Client, document: Document, untitled: Document) -> None:
    assert titles(charlie) == titles(charlie, q="tide") == []
    Document.objects.update(is_disabled=True)
    assert titles(alice) == []


def test_long_lists_have_pages(alice: Client) -> None:
    browser_id = alice.session["browser_id"]
    Document.objects.bulk_create(Document(browser_id=browser_id, title=f"{n}") for n in range(PAGE_LENGTH + 1))
    assert len(titles(alice)) == PAGE_LENGTH
    assert len(titles(alice, page=2)) == 1
    assert len(titles(alice, page="x")) == PAGE_LENGTH


def test_more_than_can_be_read_at_once_are_listed_all_the_same(
    alice: Client, untitled: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MAX_REFRESHED", 0)
    assert titles(alice) == ["Untitled"]
    assert titles(alice, q="tide") == []


def test_a_snippet_shows_a_text_as_text(alice: Client, untitled: Document) -> None:
    write(untitled, " <b>lantern</b>")
    page = alice.get("/documents/", {"q": "lantern"}).content.decode()
    assert "&lt;b&gt;<mark>lantern</mark>&lt;/b&gt;" in page
