"""The admin: the catalogue, documents and links, workers and queues. Only staff gets in."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from generation import heartbeats
from generation.heartbeats import CheckpointStatus, Heartbeat
from generation.redis_connection import open_redis
from tests.redis_server import RedisServer
from webapp.collab.authority import Author, IncomingUpdate, accept
from webapp.collab.changes import ChangeSet
from webapp.groups import of_document
from webapp.models import Checkpoint, Document, ShareLink

COMMIT = "607a30d783dfa663caf39e06633721c8d4cfcd7e"
CHECKPOINTS = "/admin/webapp/checkpoint/"
FORM = {
    "name": "gpt2",
    "title": "GPT-2",
    "source_kind": "hub",
    "location": "openai-community/gpt2",
    "revision": COMMIT,
    "dtype": "auto",
    "is_enabled": "on",
    "audience": "public",
    "facts": "{}",
    "evaluation": "[]",
}


@pytest.fixture
def redis(redis_server: RedisServer, settings: Settings) -> RedisServer:
    settings.REDIS_URL = redis_server.url
    return redis_server


@pytest.fixture
def gpt2(checkpoint: Checkpoint) -> Checkpoint:
    return Checkpoint.objects.create(
        name="gpt2", title="GPT-2", source_kind="hub", location="openai-community/gpt2", revision=COMMIT
    )


def act(client: Client, action: str, *names: str) -> list[str]:
    """Runs an action of the catalogue's list; returns what the page says afterwards."""
    data = {"action": action, "_selected_action": names}
    return messages_of(client.post(CHECKPOINTS, data, follow=True))


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize("path", [CHECKPOINTS, "/admin/", "/admin/status/", "/admin/status.json"])
def test_strangers_are_led_to_the_sign_in(alice: Client, path: str) -> None:
    response = alice.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")


def test_an_admin_adds_a_checkpoint_from_the_hub(admin_client: Client, redis: RedisServer, checkpoint: Any) -> None:
    response = admin_client.post(f"{CHECKPOINTS}add/", FORM)
    assert response.status_code == 302
    assert Checkpoint.objects.get(name="gpt2").source == "hub:openai-community/gpt2"


def test_a_bad_source_is_refused_next_to_its_field(admin_client: Client, checkpoint: Checkpoint) -> None:
    response = admin_client.post(f"{CHECKPOINTS}add/", {**FORM, "revision": "main"})
    assert "revision" in response.context["adminform"].form.errors
    assert not Checkpoint.objects.filter(name="gpt2").exists()


def test_the_default_changes_in_one_step(admin_client: Client, redis: RedisServer, gpt2: Checkpoint) -> None:
    assert act(admin_client, "make_default", "gpt2") == ["gpt2 is the default now."]
    assert Checkpoint.objects.get(is_default=True) == gpt2
    assert LogEntry.objects.filter(object_id="gpt2").count() == 1


def test_two_cannot_be_the_default(admin_client: Client, redis: RedisServer, gpt2: Checkpoint) -> None:
    said = act(admin_client, "make_default", "gpt2", "novels-7m")
    assert said == ["Choose one checkpoint to be the default."]
    assert Checkpoint.objects.get(is_default=True).name == "novels-7m"


def test_load_now_asks_the_workers(admin_client: Client, redis: RedisServer, gpt2: Checkpoint) -> None:
    act(admin_client, "load_now", "gpt2")
    gpt2.refresh_from_db()
    assert gpt2.to_catalogue()["load"] is True


def test_the_default_cannot_be_disabled_or_deleted(
    admin_client: Client, redis: RedisServer, checkpoint: Checkpoint
) -> None:
    assert act(admin_client, "disable", "novels-7m") == [
        "This is the default checkpoint: make another one the default first."
    ]
    assert admin_client.post(f"{CHECKPOINTS}novels-7m/delete/", {"post": "yes"}).status_code == 403
    assert Checkpoint.objects.get().is_enabled


def test_only_what_an_admin_added_can_be_deleted(admin_client: Client, redis: RedisServer, gpt2: Checkpoint) -> None:
    mine = Checkpoint.objects.create(name="mine", title="Mine", source_kind="folder", location="mine")
    for name, status in (("gpt2", 403), ("mine", 302)):
        assert admin_client.post(f"{CHECKPOINTS}{name}/delete/", {"post": "yes"}).status_code == status
    assert not Checkpoint.objects.filter(pk=mine.pk).exists()


def test_another_one_can_be_disabled_and_enabled_again(
    admin_client: Client, redis: RedisServer, gpt2: Checkpoint
) -> None:
    act(admin_client, "disable", "gpt2")
    assert not Checkpoint.objects.get(name="gpt2").is_enabled
    act(admin_client, "enable", "gpt2")
    assert Checkpoint.objects.get(name="gpt2").is_enabled


def test_the_list_shows_states_and_the_reasons_of_failures(
    admin_client: Client, redis: RedisServer, gpt2: Checkpoint
) -> None:
    beat(redis, CheckpointStatus("failed", "the hub gave no answer"))
    assert "failed: the hub gave no answer" in admin_client.get(CHECKPOINTS).content.decode()


def test_without_redis_an_admin_is_warned_and_the_change_is_kept(admin_client: Client, gpt2: Checkpoint) -> None:
    said = act(admin_client, "disable", "gpt2")
    assert said[0] == "gpt2 is disabled."
    assert said[1].startswith("Redis cannot be reached")
    assert not Checkpoint.objects.get(name="gpt2").is_enabled


def test_a_documents_text_can_be_looked_at_and_not_be_changed(admin_client: Client, document: Document) -> None:
    update = IncomingUpdate(ChangeSet.from_json([[0, "It was dark."]]), "typed", None)
    accept(document.pk, Author("Able Otter", 1, "alice", None), str(uuid.uuid4()), 0, 0, [update])
    path = reverse("admin:webapp_document_change", args=[document.pk])
    assert "It was dark." in admin_client.get(path).content.decode()

    admin_client.post(path, {"title": "Another", "is_disabled": "on", **inline_form()})
    document.refresh_from_db()
    assert (document.title, document.is_disabled) == ("The lighthouse", True)


def inline_form() -> dict[str, str]:
    return {"share_links-TOTAL_FORMS": "0", "share_links-INITIAL_FORMS": "0"}


@pytest.mark.parametrize("path", ["document/add/", "sharelink/add/", "document/{}/delete/"])
def test_documents_are_neither_made_nor_deleted_here(admin_client: Client, document: Document, path: str) -> None:
    assert admin_client.get(f"/admin/webapp/{path.format(document.pk)}").status_code == 403


def test_a_link_is_revoked(admin_client: Client, bob: Client, write_link: ShareLink) -> None:
    data = {"action": "revoke", "_selected_action": [str(write_link.pk)]}
    response = admin_client.post("/admin/webapp/sharelink/", data, follow=True)
    assert messages_of(response) == ["1 link taken back."]
    assert bob.get(f"/shares/{write_link.pk}/").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("path", "action"), [("sharelink", "revoke"), ("document", "disable")])
def test_open_sockets_are_told_to_look_again(
    admin_client: Client, write_link: ShareLink, path: str, action: str
) -> None:
    layer = get_channel_layer()
    channel = async_to_sync(layer.new_channel)()
    async_to_sync(layer.group_add)(of_document(write_link.document_id), channel)
    chosen = write_link.pk if path == "sharelink" else write_link.document_id
    admin_client.post(f"/admin/webapp/{path}/", {"action": action, "_selected_action": [str(chosen)]})
    assert async_to_sync(layer.receive)(channel) == {"type": "access.changed"}


def test_the_status_page_shows_workers_and_queues(
    admin_client: Client, redis: RedisServer, checkpoint: Checkpoint
) -> None:
    beat(redis, CheckpointStatus("ready", num_running=2))
    with redis.client() as client:
        client.lpush("inkling:celery:checkpoint.novels-7m", "a task")
    status = admin_client.get("/admin/status.json").json()
    assert status["redis"] == "ok"
    assert status["workers"][0]["checkpoints"]["gpt2"]["num_running"] == 2
    assert {"name": "checkpoint.novels-7m", "length": 1} in status["queues"]
    assert admin_client.get("/admin/status/").status_code == 200


def test_the_status_page_says_when_redis_is_away(admin_client: Client, checkpoint: Checkpoint) -> None:
    status = admin_client.get("/admin/status.json").json()
    assert status["redis"].startswith("no answer")
    assert (status["workers"], status["queues"]) == ([], [])


def beat(redis: RedisServer, status: CheckpointStatus) -> None:
    with open_redis(redis.url) as client:
        heartbeats.write(client, Heartbeat("worker-1", "host", 1, time.time(), 1, {"gpt2": status}))
