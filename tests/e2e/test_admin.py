"""An admin decides which checkpoint writes, and what open editors learn of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.admin_page import AdminPage
from tests.e2e.editor_page import EditorPage
from tests.e2e.system import System
from tests.e2e.tiny_checkpoint import truncate_weights, write_tiny_checkpoint
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NAME, PASSWORD = "ada", "a-long-password-for-ada"
OPENING = "It was a dark night, and the old man"


@pytest.fixture(scope="session")
def superuser(started_system: System) -> None:
    environ = {
        "DJANGO_SUPERUSER_USERNAME": NAME,
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "DJANGO_SUPERUSER_EMAIL": "ada@example.org",
    }
    started_system.manage("createsuperuser", "--noinput", **environ)


@pytest_asyncio.fixture(loop_scope="session")
async def admin(writers: Writers, superuser: None) -> AdminPage:
    tab = await writers.tab(await writers.new_browser())
    admin = AdminPage(tab.page)
    await admin.log_in(NAME, PASSWORD)
    return admin


@pytest_asyncio.fixture(loop_scope="session")
async def default_restored(admin: AdminPage) -> AsyncIterator[None]:
    yield
    await admin.act("novels-7m", "Make the default")


async def test_an_open_editor_learns_of_another_default_and_is_answered_by_it(
    admin: AdminPage, editor: EditorPage, system: System, default_restored: None
) -> None:
    await editor.type(OPENING)
    await editor.suggest()
    assert "novels-7m" in await editor.status_text()
    await editor.press("Escape")
    write_tiny_checkpoint(system.models_dir / "tiny")
    await admin.add_folder("tiny", "A tiny one", "tiny")
    await admin.act("tiny", "Make the default")
    checkpoint = (await editor.open_panel()).get_by_label("Checkpoint")
    await until(checkpoint.input_value, lambda name: name == "tiny")
    await admin.wait_for_state("tiny", "ready")
    await until(lambda: (checkpoint.locator("option:checked")).inner_text(), lambda title: title == "A tiny one")
    await editor.content.click()
    await editor.suggest()
    await until(editor.status_text, lambda status: "tiny" in status)
    assert editor.watch.received_of("suggestion_started")[-1]["checkpoint"] == "tiny"


async def test_a_truncated_checkpoint_says_why_it_cannot_be_had(
    admin: AdminPage, editor: EditorPage, system: System
) -> None:
    write_tiny_checkpoint(system.models_dir / "broken")
    truncate_weights(system.models_dir / "broken")
    await admin.add_folder("broken", "A broken one", "broken")
    await admin.act("broken", "Load now")
    state = await admin.wait_for_state("broken", "failed")
    reason = state.removeprefix("failed: ")
    assert "model.safetensors" in reason
    await editor.page.goto("/")
    card = editor.page.get_by_role("listitem").filter(has_text="A broken one")
    assert reason in await card.inner_text()


async def test_whoever_chooses_a_checkpoint_that_is_not_ready_is_told_who_answered(
    editor: EditorPage,
) -> None:
    panel = await editor.open_panel()
    await panel.get_by_label("Checkpoint").select_option("gpt2-xl")
    await editor.content.click()
    await editor.type(OPENING)
    assert all(await editor.suggest())
    status = await editor.status_text()
    assert "novels-7m answered" in status
    assert "gpt2-xl" in status
