"""The admin's pages, as an admin uses them."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page

from tests.e2e.waiting import until

CHECKPOINTS = "/admin/webapp/checkpoint/"


class AdminPage:
    def __init__(self, page: Page) -> None:
        self.page = page

    async def log_in(self, name: str, password: str) -> None:
        await self.page.goto("/admin/")
        await self.page.get_by_label("Username").fill(name)
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Log in").click()
        await self.page.get_by_role("button", name="Log out").wait_for()

    async def add_folder(self, name: str, title: str, folder: str) -> None:
        """Adds a checkpoint whose weights are in a folder below the models directory."""
        await self.page.goto(f"{CHECKPOINTS}add/")
        await self.page.locator("[name=name]").fill(name)
        await self.page.locator("[name=title]").fill(title)
        await self.page.locator("[name=source_kind]").select_option("folder")
        await self.page.locator("[name=location]").fill(folder)
        await self.page.get_by_role("button", name="Save", exact=True).click()
        await self.page.get_by_text("was added successfully").wait_for()

    async def act(self, name: str, action: str) -> None:
        """One of the actions of the list, on one checkpoint."""
        await self.page.goto(CHECKPOINTS)
        await self.row(name).locator("[name=_selected_action]").check()
        await self.page.locator("[name=action]").select_option(label=action)
        await self.page.get_by_role("button", name=re.compile("^(Go|Run)$")).click()
        await self.page.locator(".messagelist").get_by_text(name).wait_for()

    async def wait_for_state(self, name: str, beginning: str) -> str:
        """Reloads the list until the checkpoint's state begins so; gives the whole of it."""

        async def state() -> str:
            await self.page.goto(CHECKPOINTS)
            return await self.row(name).locator(".field-state").inner_text()

        return await until(state, lambda text: text.startswith(beginning))

    def row(self, name: str) -> Locator:
        return self.page.get_by_role("row").filter(has=self.page.get_by_role("link", name=name, exact=True))
