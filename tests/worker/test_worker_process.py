"""The whole road with nothing faked: a question is published, a worker process answers on the asker's channel."""

import asyncio
import copy
import time

from generation.checkpoints import BUNDLED
from generation.worker import EXIT_CODE_DEAD_LOOP
from tests.waiting import wait_until
from tests.worker.conftest import CATALOGUE, Tab, WorkerProcess
from tests.worker.dying_worker import DEADLY, REASON
from webapp import suggestions
from webapp.celery import app
from webapp.errors import ClientError

FINISHED = "continuation.finished"
EXTENDED = "continuation.extended"
FAILED = "continuation.failed"
LONG = {"max_new_tokens": 128, "stop_at": "none"}


async def test_a_question_is_answered_on_the_askers_channel(worker: WorkerProcess, tab: Tab) -> None:
    asked = await tab.ask("s:1")
    events = await tab.hear("s:1", FINISHED, count=2)
    assert events[0] == {
        "type": "continuation.started",
        "request_id": "s:1",
        "checkpoint": BUNDLED,
        "revision": asked.revision,
        "dtype": "float32",
    }
    for end in [event for event in events if event["type"] == FINISHED]:
        parts = [part for event in events for part in event.get("extensions", []) if part["index"] == end["index"]]
        assert "".join(text for part in parts for _, text in part["tokens"]) == end["text"]
        assert end["finish_reason"] in ("stop", "length")
        assert end["text"]


async def test_many_questions_at_once_are_all_answered(worker: WorkerProcess, tab: Tab) -> None:
    names = [f"s:many-{number}" for number in range(8)]
    await asyncio.gather(*[tab.ask(name, max_new_tokens=5) for name in names])
    for name in names:
        await tab.hear(name, FINISHED, count=2)


async def test_what_was_answered_is_in_the_cache(worker: WorkerProcess, tab: Tab) -> None:
    prompt = "She opened the letter and"
    await tab.ask("s:kept", prompt)
    await tab.hear("s:kept", FINISHED, count=2)

    # It is kept a moment after its last event was sent.
    async with asyncio.timeout(2.0):
        while (await tab.ask("s:again", prompt, fresh=False)).cached is None:
            await asyncio.sleep(0.01)


async def test_a_cancelled_request_ends_at_once(worker: WorkerProcess, tab: Tab) -> None:
    await tab.ask("s:long", **LONG)
    await tab.hear("s:long", EXTENDED)
    await suggestions.cancel("s:long")
    events = await tab.hear("s:long", FINISHED, count=2, seconds=1.0)
    assert [event["finish_reason"] for event in events if event["type"] == FINISHED] == ["cancelled", "cancelled"]


async def test_a_request_cancelled_before_its_task_is_not_answered_at_length(worker: WorkerProcess, tab: Tab) -> None:
    await suggestions.cancel("s:early")
    await tab.ask("s:early", **LONG)
    events = await tab.hear("s:early", FINISHED, count=2)
    assert {event["finish_reason"] for event in events if event["type"] == FINISHED} == {"cancelled"}


async def test_a_deadline_ends_a_request(worker: WorkerProcess, tab: Tab) -> None:
    await tab.ask("s:short", max_time_ms=100, **LONG)
    events = await tab.hear("s:short", FINISHED, count=2, seconds=2.0)
    assert {event["finish_reason"] for event in events if event["type"] == FINISHED} == {"deadline"}


async def test_an_expired_task_is_dropped(worker: WorkerProcess, tab: Tab) -> None:
    app.send_task("generation.generate", args=[{"request_id": "s:old"}], queue=f"checkpoint.{BUNDLED}", expires=-1)
    await tab.ask("s:new", max_new_tokens=2)
    await tab.hear("s:new", FINISHED, count=2)
    assert tab.of("s:old") == []
    assert "s:old" not in worker.log.read_text()


async def test_a_change_of_the_catalogue_reaches_the_worker_within_two_seconds(worker: WorkerProcess) -> None:
    changed = copy.deepcopy(CATALOGUE)
    changed["version"] = 2
    changed["checkpoints"].append({"name": "mine", "source": "folder:mine", "revision": "", "dtype": "auto"})
    worker.publish(changed)
    wait_until(lambda: worker.state("mine") == "failed", seconds=2.0)
    assert "mine" in worker.reason("mine")


async def test_a_disabled_checkpoints_queue_is_left(worker: WorkerProcess, tab: Tab) -> None:
    worker.publish({"version": 3, "default": "", "checkpoints": []})
    wait_until(lambda: f"Canceling queue checkpoint.{BUNDLED}" in worker.log.read_text(), seconds=2.0)
    worker.publish(CATALOGUE)
    wait_until(lambda: worker.state() == "ready")
    await tab.ask("s:back", max_new_tokens=2)
    await tab.hear("s:back", FINISHED, count=2)


async def test_a_paused_redis_delays_a_stream_and_does_not_lose_its_end(worker: WorkerProcess, tab: Tab) -> None:
    await tab.ask("s:paused", **LONG)
    await tab.hear("s:paused", EXTENDED)
    worker.redis.pause()
    await asyncio.sleep(1.5)
    worker.redis.resume()
    await tab.hear("s:paused", FINISHED, count=2)


async def test_a_restarted_redis_is_found_again(worker: WorkerProcess, tab: Tab) -> None:
    worker.redis.stop()
    worker.redis.start()
    # What is published before the tab has subscribed again is lost to it; its consumer's deadline sees to that.
    async with asyncio.timeout(15.0):
        while not await is_answered(tab, f"s:{time.monotonic()}"):
            await asyncio.sleep(0.05)


async def test_a_terminated_worker_ends_its_streams_and_says_goodbye(mortal_worker: WorkerProcess, tab: Tab) -> None:
    await tab.ask("s:1", **LONG)
    await tab.hear("s:1", EXTENDED)
    begun = time.monotonic()
    mortal_worker.process.terminate()
    await tab.hear("s:1", FINISHED, count=2, seconds=5.0)
    assert await asyncio.to_thread(mortal_worker.process.wait, 10.0) == 0
    assert time.monotonic() - begun < 6.0
    assert mortal_worker.state() == "unavailable"
    assert "Traceback" not in mortal_worker.log.read_text()


async def test_a_worker_whose_loop_dies_tells_why_and_ends_for_its_supervisor(
    dying_worker: WorkerProcess, tab: Tab
) -> None:
    await tab.ask("s:running", **LONG)
    await tab.hear("s:running", EXTENDED)
    await tab.ask("s:deadly", DEADLY)
    for request_id in ("s:running", "s:deadly"):
        told = (await tab.hear(request_id, FAILED))[-1]
        assert (told["code"], told["message"]) == ("failed", REASON)
    assert await asyncio.to_thread(dying_worker.process.wait, 10.0) == EXIT_CODE_DEAD_LOOP
    assert "the decode loop has died" in dying_worker.log.read_text()


async def test_a_killed_worker_is_missed_within_its_heartbeats_expiry(mortal_worker: WorkerProcess) -> None:
    mortal_worker.process.kill()
    wait_until(lambda: mortal_worker.state() == "unavailable", seconds=6.0)


async def is_answered(tab: Tab, request_id: str) -> bool:
    try:
        await tab.ask(request_id, max_new_tokens=2)
        await tab.hear(request_id, FINISHED, count=2, seconds=2.0)
    except (ClientError, TimeoutError):
        return False
    return True
