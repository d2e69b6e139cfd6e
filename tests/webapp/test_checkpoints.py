"""The catalogue's rows: what may be in them, which one is the default, what workers are told."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from pytest_django import Settings

from generation.checkpoints import Checkpoint as ServedCheckpoint
from webapp import catalogue
from webapp.known_checkpoints import KNOWN_CHECKPOINTS
from webapp.models import Checkpoint
from webapp.models.checkpoint import CatalogueVersion

COMMIT = "607a30d783dfa663caf39e06633721c8d4cfcd7e"
HUB = {"name": "gpt2", "title": "GPT-2", "source_kind": "hub", "location": "openai-community/gpt2", "revision": COMMIT}
FOLDER = {"name": "mine", "title": "Mine", "source_kind": "folder", "location": "poems/2024"}


@pytest.mark.parametrize("values", [HUB, FOLDER])
def test_a_hub_id_with_its_commit_and_a_folder_are_sources(db: None, values: dict[str, Any]) -> None:
    Checkpoint(**values).full_clean()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({**HUB, "revision": ""}, "revision"),
        ({**HUB, "revision": "main"}, "revision"),
        ({**HUB, "revision": COMMIT.upper()}, "revision"),
        ({**HUB, "location": "gpt2"}, "location"),
        ({**HUB, "location": "https://hub.example/openai/gpt2"}, "location"),
        ({**HUB, "location": "openai-community/../gpt2"}, "location"),
        ({**HUB, "location": "../gpt2"}, "location"),
        ({**FOLDER, "location": "../secrets"}, "location"),
        ({**FOLDER, "location": "/etc"}, "location"),
        ({**FOLDER, "location": "a/../../b"}, "location"),
        ({**FOLDER, "location": "a\\b"}, "location"),
        ({**FOLDER, "location": ".hidden"}, "location"),
        ({**FOLDER, "location": ""}, "location"),
        ({**FOLDER, "revision": COMMIT}, "revision"),
        ({**FOLDER, "source_kind": "bundled"}, "location"),
        ({**FOLDER, "source_kind": "address"}, "source_kind"),
        ({**FOLDER, "dtype": "int4"}, "dtype"),
        ({**FOLDER, "name": "With Spaces"}, "name"),
        ({**FOLDER, "name": "mine\n"}, "name"),
        ({**FOLDER, "facts": ["a list"]}, "facts"),
        ({**FOLDER, "facts": {"Made by": 1}}, "facts"),
        ({**FOLDER, "evaluation": [{"dataset": "LAMBADA"}]}, "evaluation"),
    ],
)
def test_anything_else_is_refused_with_the_fields_name(db: None, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Checkpoint(**values).full_clean()
    assert field in caught.value.message_dict


def test_making_one_the_default_unmakes_the_other(checkpoint: Checkpoint) -> None:
    gpt2 = Checkpoint.objects.create(**HUB)
    gpt2.make_default()
    assert list(Checkpoint.objects.filter(is_default=True)) == [gpt2]


@pytest.mark.parametrize("change", [{"is_enabled": False}, {"audience": "staff"}])
def test_the_default_serves_everybody(checkpoint: Checkpoint, change: dict[str, Any]) -> None:
    gpt2 = Checkpoint.objects.create(**HUB, **change)
    with pytest.raises(ValidationError, match="disabled or for staff only"):
        gpt2.make_default()
    for name, value in change.items():
        setattr(checkpoint, name, value)
    with pytest.raises(ValidationError, match="make another one the default first"):
        checkpoint.clean()


def test_the_database_itself_allows_one_default(checkpoint: Checkpoint) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Checkpoint.objects.create(**HUB, is_default=True)


def test_staff_sees_more_and_disabled_ones_are_seen_by_nobody(checkpoint: Checkpoint) -> None:
    Checkpoint.objects.create(**HUB, audience="staff")
    Checkpoint.objects.create(**FOLDER, is_enabled=False)
    assert names_for(AnonymousUser()) == ["novels-7m"]
    assert names_for(User(is_staff=True)) == ["novels-7m", "gpt2"]


def names_for(user: AnonymousUser | User) -> list[str]:
    return [shown.name for shown in Checkpoint.objects.visible_to(user)]


def test_every_change_advances_the_catalogues_version(checkpoint: Checkpoint) -> None:
    versions = [CatalogueVersion.current()]
    for change in (checkpoint.save, checkpoint.request_load, Checkpoint.objects.create(**HUB).delete):
        change()
        versions.append(CatalogueVersion.current())
    assert versions == sorted(set(versions))


def test_workers_are_told_of_enabled_ones_and_which_to_load(checkpoint: Checkpoint) -> None:
    gpt2 = Checkpoint.objects.create(**HUB)
    Checkpoint.objects.create(**FOLDER, is_enabled=False)
    content = catalogue.build()
    assert (content["version"], content["default"]) == (CatalogueVersion.current(), "novels-7m")
    assert content["checkpoints"] == [
        {
            "name": "gpt2",
            "source": "hub:openai-community/gpt2",
            "revision": COMMIT,
            "dtype": "auto",
            "audience": "public",
            "load": False,
        },
        {
            "name": "novels-7m",
            "source": "bundled:novels-7m",
            "revision": "",
            "dtype": "auto",
            "audience": "public",
            "load": True,
        },
    ]
    gpt2.request_load()
    assert catalogue.build()["checkpoints"][0]["load"] is True


def test_the_known_checkpoints_are_what_workers_accept(db: None) -> None:
    call_command("registercheckpoints")
    assert {checkpoint.name for checkpoint in Checkpoint.objects.all()} == {
        *("novels-7m", "distilgpt2", "gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl")
    }
    for entry in catalogue.build()["checkpoints"]:
        ServedCheckpoint(entry["name"], entry["source"], entry["revision"], entry["dtype"])


def test_the_cards_hold_what_people_should_know() -> None:
    for known in KNOWN_CHECKPOINTS:
        for field in ("description", "licence", "limitations", "content_warning", "facts", "context_length"):
            assert known[field], (known["name"], field)


def test_registering_again_changes_nothing_that_an_admin_changed(db: None) -> None:
    call_command("registercheckpoints")
    Checkpoint.objects.filter(name="gpt2").update(title="My GPT-2", is_enabled=False)
    Checkpoint.objects.get(name="distilgpt2").make_default()
    version = CatalogueVersion.current()
    call_command("registercheckpoints")
    gpt2 = Checkpoint.objects.get(name="gpt2")
    assert (gpt2.title, gpt2.is_enabled) == ("My GPT-2", False)
    assert Checkpoint.objects.get(is_default=True).name == "distilgpt2"
    assert CatalogueVersion.current() == version


def test_the_environment_may_name_the_default(db: None, settings: Settings) -> None:
    settings.CHECKPOINT = "gpt2"
    call_command("registercheckpoints")
    assert Checkpoint.objects.get(is_default=True).name == "gpt2"


@pytest.mark.parametrize(
    ("wanted", "message"),
    [("gpt3", "CHECKPOINT is 'gpt3', expected one of distilgpt2, gpt2"), ("gpt2", "gpt2 is disabled or for staff")],
)
def test_a_default_that_cannot_be_is_one_clear_line(db: None, settings: Settings, wanted: str, message: str) -> None:
    call_command("registercheckpoints")
    Checkpoint.objects.filter(name="gpt2").update(is_enabled=False)
    settings.CHECKPOINT = wanted
    with pytest.raises(CommandError, match=message):
        call_command("registercheckpoints")
