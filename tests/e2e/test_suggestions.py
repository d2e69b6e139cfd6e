"""Tab, and what can be done with what comes."""

from __future__ import annotations

import pytest

from tests.e2e.editor_page import EditorPage
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OPENING = "It was a dark night, and the old man"


def as_shown(suggestions: list[str]) -> list[str]:
    """A row begins with its first word; it is the document that needs the space before it."""
    return [text.strip() for text in suggestions]


async def test_tab_streams_three_continuations_that_grow(editor: EditorPage) -> None:
    await editor.type(OPENING)
    await editor.watch_rows()
    suggestions = await editor.suggest()
    assert len(suggestions) == 3
    assert all(suggestions)
    assert await editor.row_texts() == as_shown(suggestions)
    for seen, text in zip(await editor.seen_rows(), suggestions, strict=True):
        assert len(seen) > 2, f"{text!r} came at once: {seen}"
        assert sorted(seen[1:], key=len) == seen[1:]


async def test_tab_on_an_empty_page_suggests_a_beginning(editor: EditorPage) -> None:
    suggestions = await editor.suggest()
    await editor.press("Enter")
    await editor.wait_for_text(suggestions[0])
    assert not suggestions[0].startswith(" ")


async def test_enter_takes_the_first_one(editor: EditorPage) -> None:
    await editor.type(OPENING)
    suggestions = await editor.suggest()
    await editor.press("Enter")
    await editor.wait_for_text(OPENING + suggestions[0])
    assert not await editor.menu.is_visible()
    await editor.wait_until_saved()
    await editor.reload()
    assert await editor.text() == OPENING + suggestions[0]


async def test_arrows_choose_and_tab_takes_the_chosen_one(editor: EditorPage) -> None:
    await editor.type(OPENING)
    suggestions = await editor.suggest()
    for _ in range(3):
        await editor.press("ArrowDown")
    await editor.press("ArrowUp")
    assert [text.strip() for text in await editor.chosen.locator(".menu-text").all_inner_texts()] == [
        suggestions[1].strip()
    ]
    await editor.press("Tab")
    await editor.wait_for_text(OPENING + suggestions[1])


async def test_a_click_takes_a_row_and_the_caret_stays_in_the_text(editor: EditorPage) -> None:
    await editor.type(OPENING)
    suggestions = await editor.suggest()
    await editor.rows.nth(2).click()
    await editor.wait_for_text(OPENING + suggestions[2])
    await editor.type(" Then")
    assert await editor.text() == OPENING + suggestions[2] + " Then"


@pytest.mark.parametrize("before", ["The mother took the chi", "She opened the door, and ", "Who was it?\n\n“I d"])
async def test_what_was_typed_is_neither_repeated_nor_parted_from_what_comes(editor: EditorPage, before: str) -> None:
    await editor.type(before)
    suggestions = await editor.suggest()
    pending = before.split()[-1]
    for text in suggestions:
        assert not text.startswith(pending)
        assert "  " not in before + text
    await editor.press("Enter")
    await editor.wait_for_text(before + suggestions[0])


async def test_typing_on_keeps_the_rows_that_agree_and_drops_the_others(editor: EditorPage) -> None:
    await editor.type(OPENING)
    suggestions = await editor.suggest()
    first, *others = suggestions
    typed = next(first[:n] for n in range(1, len(first)) if not any(other.startswith(first[:n]) for other in others))
    await editor.type(typed)
    assert await editor.row_texts() == as_shown([first.removeprefix(typed)])
    await editor.press("Enter")
    await editor.wait_for_text(OPENING + first)


async def test_typing_something_else_closes_the_menu(editor: EditorPage) -> None:
    await editor.type(OPENING)
    await editor.suggest()
    await editor.type("#")
    assert not await editor.menu.is_visible()
    assert await editor.text() == OPENING + "#"


@pytest.mark.parametrize("key", ["Escape", "Backspace"])
async def test_escape_and_backspace_close_the_menu_and_stop_the_work(writers: Writers, key: str) -> None:
    editor = await writers.starts_writing({"length": "paragraph", "numContinuations": 6})
    await editor.type(OPENING)
    request_id = await editor.press_tab()
    await editor.rows.first.wait_for()
    await editor.press(key)
    await editor.menu.wait_for(state="hidden")
    assert [frame["request_id"] for frame in editor.watch.sent_of("cancel")] == [request_id]

    async def reasons() -> set[str]:
        return {frame["finish_reason"] for frame in editor.watch.received_of("suggestion_finished", request_id)}

    assert "cancelled" in await until(reasons)
    await until(writers.system.num_running, lambda number: number == 0)
    assert await editor.text() == (OPENING if key == "Escape" else OPENING[:-1])


async def test_tab_again_adds_three_and_keeps_the_old_ones(editor: EditorPage) -> None:
    await editor.type(OPENING)
    first = await editor.suggest()
    more = await editor.suggest()
    shown = await editor.row_texts()
    assert shown[:3] == as_shown(first)
    # A repeat of what is there already is not shown again.
    assert shown[3:] == [text for text in dict.fromkeys(as_shown(more)) if text not in as_shown(first)]
    assert len(shown) > 3
    await editor.rows.nth(3).click()
    await editor.wait_for_text(OPENING + next(text for text in more if text.strip() == shown[3]))


async def test_undo_takes_back_one_suggestion_in_one_step(editor: EditorPage) -> None:
    await editor.type(OPENING)
    first = await editor.suggest()
    await editor.press("Enter")
    await editor.wait_for_text(OPENING + first[0])
    second = await editor.suggest()
    await editor.press("Enter")
    await editor.wait_for_text(OPENING + first[0] + second[0])
    await editor.press("Control+z")
    await editor.wait_for_text(OPENING + first[0])
    await editor.press("Control+z")
    await editor.wait_for_text(OPENING)
    await editor.press("Control+y")
    await editor.wait_for_text(OPENING + first[0])
    await editor.wait_until_saved()
    assert await editor.machine_texts() == [first[0]]


async def test_the_status_line_tells_who_answered_and_how_fast(editor: EditorPage) -> None:
    await editor.type(OPENING)
    await editor.suggest()
    status = await editor.status_text()
    assert "novels-7m" in status
    assert "tokens/s" in status
    assert "made up" in status


async def test_what_a_person_types_is_never_a_command(editor: EditorPage) -> None:
    before = "<|endoftext|> 😀 猫が好き مرحبا and then"
    await editor.type(before)
    suggestions = await editor.suggest()
    await editor.press("Enter")
    await editor.wait_for_text(before + suggestions[0])
