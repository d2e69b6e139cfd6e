"""Opening a page: the text does not wait for all of the editor, and the editor shows it when it is there."""

from __future__ import annotations

import pytest
from playwright.async_api import Route

from tests.e2e.editor_page import EditorPage
from tests.e2e.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_the_text_comes_while_the_editor_is_still_on_its_way(editor: EditorPage) -> None:
    await editor.content.click()
    await editor.type("The lamp went out.")
    await editor.wait_until_saved()
    num_before = len(editor.watch.received_of("welcome"))

    async def welcomes() -> int:
        return len(editor.watch.received_of("welcome"))

    async def hold_back(route: Route) -> None:
        await until(welcomes, lambda number: number > num_before)
        await route.continue_()

    await editor.page.route("**/js/editor.js", hold_back)
    await editor.reload()
    await editor.wait_for_text("The lamp went out.")
    await editor.type(" Again.")
    await editor.wait_until_saved()
    assert await welcomes() == num_before + 1
