"""`make bench-keystroke`: what a key costs in a document of 1 MB while twenty others move their carets, and to open it.

    python -m benchmarks.keystroke [--rounds 3 --updates 100000 --presences 20 --keystrokes 200]

"Opened" is from asking for the page, nothing cached, to the frame with the text. Then real key events in Chromium.
"A key" is the time that the page's main thread is busy with it, read from Chromium's trace (`main_thread`): the
tasks that handle its events, microtasks included, and the task of the frame that shows it (script, style, layout,
paint, until it is handed to the compositor), with the others' carets that happen to be in that frame. The wait for the
screen between the two is not in it, and neither is what compositor and rasteriser do later. "CPU" is the same in the
thread's processor time, which hardly suffers from whatever else runs on the machine. Tracing itself is in both.
"Until drawn" is from the event's timestamp to after that frame, all waits included, and without tracing, as is "all
CPU a key": the thread's processor time for everything, the others' carets, acknowledgements and later frames too,
divided by the keystrokes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, CDPSession, Page, async_playwright

from benchmarks.collab_scenes import Figures, quantile
from benchmarks.guests import Guest, invite
from benchmarks.long_document import write_long_document
from benchmarks.main_thread import key_costs, traced
from benchmarks.wanderer import Wanderer
from benchmarks.web_processes import WebProcesses

OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
SIZE: Any = {"width": 1280, "height": 800}
KEY_MS = 60
TEXT = "the tide turned and the lamp went out "

# A message that a frame's own task posts comes after that task.
WATCH_KEYS = """() => {
  globalThis.seen = []
  document.addEventListener("keydown", ({ timeStamp }) => requestAnimationFrame(() => {
    const channel = new MessageChannel()
    channel.port1.onmessage = () => seen.push(performance.now() - timeStamp)
    channel.port2.postMessage(null)
  }), { capture: true })
}"""
# Until the frame with the text's end in it is drawn, counted from asking for the page.
WATCH_OPENING = """
  new MutationObserver((changes, observer) => {
    if (!document.querySelector(".cm-line")) return
    observer.disconnect()
    requestAnimationFrame(() => {
      const channel = new MessageChannel()
      channel.port1.onmessage = () => (globalThis.opened = performance.now())
      channel.port2.postMessage(null)
    })
  }).observe(document, { childList: true, subtree: true })
"""


async def keystroke(processes: WebProcesses, num_updates: int, num_presences: int, num_keys: int) -> Figures:
    address = processes.addresses[0]
    guests = await invite(address, num_presences + 1)
    if num_updates:
        write_long_document(processes, guests[0].path.strip("/").split("/")[-1], num_updates)
    wanderers = [Wanderer(guest, address, seed) for seed, guest in enumerate(guests[1:])]
    async with async_playwright() as playwright, asyncio.TaskGroup() as group:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=OPTIONS)
        page, opened = await _open(await browser.new_context(base_url=address, viewport=SIZE), guests[0])
        tasks = [group.create_task(wanderer.wander()) for wanderer in wanderers]
        if wanderers:
            await page.locator(".remote-caret").nth(len(wanderers) // 2).wait_for()
        figures = {"opened ms": opened} | await _type(page, num_keys)
        for task in tasks:
            task.cancel()
        await browser.close()
    return figures


async def _open(context: BrowserContext, guest: Guest) -> tuple[Page, float]:
    """The page, and how many ms it took until its text was on the screen."""
    pairs = (pair.split("=", 1) for pair in guest.cookie.split("; "))
    await context.add_cookies([{"name": name, "value": value, "url": "http://127.0.0.1"} for name, value in pairs])
    page = await context.new_page()
    await page.add_init_script(WATCH_OPENING)
    await page.goto(guest.path.removeprefix("/ws"))
    await page.locator("#saved").get_by_text("Saved", exact=True).wait_for()
    await page.keyboard.press("Control+End")
    return page, await page.evaluate("() => opened")


async def _type(page: Page, num_keys: int) -> Figures:
    text = (TEXT * (num_keys // len(TEXT) + 1))[:num_keys]
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    # The first keys of a page compile its code.
    await page.keyboard.type(TEXT, delay=KEY_MS)
    async with traced(session) as events:
        await page.keyboard.type(text, delay=KEY_MS)
    costs = key_costs(events)
    await page.evaluate(WATCH_KEYS)
    before = await _cpu(session)
    await page.keyboard.type(text, delay=KEY_MS)
    after = await _cpu(session)
    return {
        **_quantiles("a key", [cost.elapsed_ms for cost in costs]),
        **_quantiles("a key, CPU", [cost.cpu_ms for cost in costs]),
        **_quantiles("until drawn", await page.evaluate("() => seen")),
        **{f"all CPU a key, {name} ms": 1000 * (after[name] - before[name]) / num_keys for name in before},
    }


def _quantiles(name: str, values: list[float]) -> Figures:
    return {f"{name}, p{share} ms": quantile(sorted(values), share / 100) for share in (50, 95)}


async def _cpu(session: CDPSession) -> dict[str, float]:
    """Seconds of the page's main thread, by what they went to."""
    kinds = {
        "TaskDuration": "all",
        "ScriptDuration": "script",
        "LayoutDuration": "layout",
        "RecalcStyleDuration": "style",
    }
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    return {kinds[metric["name"]]: metric["value"] for metric in metrics if metric["name"] in kinds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--updates", type=int, default=100_000)
    parser.add_argument("--presences", type=int, default=20)
    parser.add_argument("--keystrokes", type=int, default=200)
    arguments = parser.parse_args()
    for _ in range(arguments.rounds):
        load = os.getloadavg()[0]
        with tempfile.TemporaryDirectory(prefix="inkling-") as folder, WebProcesses(Path(folder), num_web=1) as web:
            figures = asyncio.run(keystroke(web, arguments.updates, arguments.presences, arguments.keystrokes))
        print(", ".join(f"{name}: {value:.1f}" for name, value in figures.items()), f"(load before {load:.1f})")


if __name__ == "__main__":
    main()
