"""A copy keeps who and what wrote it, where it is one; whoever only claims it is recorded as who he is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.webapp.history.writing import told
from tests.webapp.socket_fixtures import OpenTab, fake, tab
from tests.webapp.tabs import Frame, Tab
from tests.webapp.writing import suggest, write
from webapp.collab import states
from webapp.database import in_database
from webapp.models import Document

__all__ = ["fake", "tab"]

pytestmark = pytest.mark.django_db(transaction=True)

MACHINE = (" was a dark night.", "suggestion", "Ada")


@pytest.fixture
def story(document: Document) -> Document:
    """ "It was a dark night." of which a machine wrote all but the first word; revision 2, 20 units."""
    write(document, "It")
    suggest(document, " was a dark night.")
    return document


async def joined(tab: OpenTab, client: Client, document: Document) -> Tab:
    mine = tab(client, document)
    await mine.join()
    await mine.expect("presence")
    return mine


async def insert(mine: Tab, text: str, *copied_from: Frame, origin: str = "pasted") -> Frame:
    """At the end; the update as everybody is told it."""
    changes = [mine.length, [0, *text.split("\n")]]
    await mine.edit(changes, origin=origin, copied_from=list(copied_from))
    update: Frame = (await mine.expect("document_edited"))["updates"][0]
    return update


def stretch(length: int, **place: Any) -> Frame:
    return {"length": length, **place}


# -- it works ----------------------------------------------------------------------------------------------------------


async def test_a_copy_keeps_what_wrote_it(tab: OpenTab, alice: Client, story: Document) -> None:
    mine = await joined(tab, alice, story)
    await insert(mine, "It was", stretch(6, revision=2, position=0))
    assert await told_now(story) == [
        ("It", "typed", "Ada"), MACHINE, ("It", "typed", "Ada"), (" was", "suggestion", "Ada"),
    ]  # fmt: skip


async def test_what_is_told_of_a_copy_says_the_same_as_the_document(
    tab: OpenTab, alice: Client, story: Document
) -> None:
    mine = await joined(tab, alice, story)
    update = await insert(mine, "It was", stretch(6, revision=2, position=0))
    copied = update["provenance"]["copied"]
    assert copied["runs"] == [[2, 0], [4, 1]]
    assert [source["origin"] for source in copied["sources"]] == ["typed", "suggestion"]


async def test_what_was_cut_is_copied_from_before_the_cut(tab: OpenTab, alice: Client, story: Document) -> None:
    mine = await joined(tab, alice, story)
    await mine.edit([2, [18]])
    await mine.expect("document_edited")
    await insert(mine, MACHINE[0], stretch(18, revision=2, position=2))
    assert await told_now(story) == [("It", "typed", "Ada"), MACHINE]


async def test_text_that_is_not_saved_yet_is_copied_too(tab: OpenTab, alice: Client, story: Document) -> None:
    mine = await joined(tab, alice, story)
    updates = [
        {"changes": [20, [0, " Yes"]], "origin": "pasted"},
        {
            "changes": [24, [0, "es!"]],
            "origin": "pasted",
            "copied_from": [stretch(2, number=0, position=2), stretch(1)],
        },
        {"changes": [27, [0, "!"]], "origin": "typed", "copied_from": [stretch(1, number=1, position=2)]},
    ]
    await mine.send({"type": "edit", "revision": 2, "first_number": 0, "updates": updates})
    frame = await mine.expect("document_edited")
    runs = [update["provenance"] and update["provenance"]["copied"]["runs"] for update in frame["updates"]]
    assert runs == [None, [[2, 0], [1, None]], [[1, 0]]]


async def test_another_tab_s_unsaved_text_is_copied_once_it_is_saved(
    tab: OpenTab, alice: Client, story: Document
) -> None:
    first, second = await joined(tab, alice, story), await joined(tab, alice, story)
    await first.append(" Mine", origin="pasted")
    await second.expect("document_edited")
    place = {"session_id": first.session_id, "number": 0, "position": 1}
    assert (await insert(second, "Mine", stretch(4, **place)))["provenance"]["copied"]["runs"] == [[4, 0]]


async def test_a_copy_of_a_copy_keeps_what_wrote_it(tab: OpenTab, alice: Client, story: Document) -> None:
    mine = await joined(tab, alice, story)
    await insert(mine, " dark", stretch(5, revision=2, position=8))
    await insert(mine, "dark", stretch(4, revision=3, position=21))
    assert (await told_now(story))[1:] == [(MACHINE[0] + " darkdark", "suggestion", "Ada")]


async def test_a_copy_survives_a_restart(tab: OpenTab, alice: Client, story: Document) -> None:
    mine = await joined(tab, alice, story)
    await insert(mine, " dark", stretch(5, revision=2, position=8))
    before = await told_now(story)
    states.cache.clear()
    assert await told_now(story) == before == [("It", "typed", "Ada"), (MACHINE[0] + " dark", "suggestion", "Ada")]


# -- who may not, bad input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "place",
    [
        {"revision": 2, "position": 9},
        {"revision": 1, "position": 0},
        {"revision": 77, "position": 0},
        {"revision": 2, "position": 1999},
        {"number": 4, "position": 0},
        {"session_id": "nobodys-session", "number": 0},
    ],
    ids=["elsewhere", "before it was there", "future", "beyond the end", "own future", "no such session"],
)
async def test_a_claim_that_is_not_so_is_recorded_as_pasted(
    tab: OpenTab, alice: Client, story: Document, place: Frame
) -> None:
    mine = await joined(tab, alice, story)
    update = await insert(mine, " dark", stretch(5, **place))
    assert (update["origin"], update["provenance"]) == ("pasted", None)


async def test_nobody_s_words_are_given_to_somebody_else(tab: OpenTab, alice: Client, story: Document) -> None:
    mine = await joined(tab, alice, story)
    assert (await insert(mine, " park", stretch(5, revision=2, position=8)))["provenance"] is None


async def test_lengths_that_do_not_cover_the_text_prove_nothing(tab: OpenTab, alice: Client, story: Document) -> None:
    mine = await joined(tab, alice, story)
    assert (await insert(mine, " dark!", stretch(5, revision=2, position=8)))["provenance"] is None


async def test_a_frame_of_claims_does_not_become_megabytes(
    tab: OpenTab, alice: Client, story: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.copied_text.MAX_SOURCES_OF_FRAME", 3)
    mine = await joined(tab, alice, story)
    copy = {"changes": [20, [0, "It was"]], "origin": "pasted", "copied_from": [stretch(6, revision=2, position=0)]}
    again = {**copy, "changes": [26, [0, "It was"]]}
    await mine.send({"type": "edit", "revision": 2, "first_number": 0, "updates": [copy, again]})
    updates = (await mine.expect("document_edited"))["updates"]
    assert [update["provenance"] is not None for update in updates] == [True, False]


async def test_only_what_people_do_can_be_a_copy(tab: OpenTab, alice: Client, story: Document) -> None:
    mine = await joined(tab, alice, story)
    await mine.edit([20, [0, "It"]], origin="suggestion", copied_from=[stretch(2, revision=2)])
    assert (await mine.expect("error", "edit_refused"))["code"] == "bad_field"


async def test_a_copy_whose_changes_cannot_be_read_is_refused(tab: OpenTab, alice: Client, story: Document) -> None:
    mine = await joined(tab, alice, story)
    await mine.edit([20, [0, 7]], origin="pasted", copied_from=[stretch(1, revision=2)])
    assert (await mine.expect("error", "edit_refused"))["code"] == "invalid_changes"


async def told_now(document: Document) -> list[tuple[str, str, str]]:
    return await in_database(told, document)
