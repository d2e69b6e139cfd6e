"""What the catalogue knows of a checkpoint: where its weights come from, who may use it, what its card says."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

BUNDLED_LOCATIONS = ("novels-7m",)
HUB_LOCATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
COMMIT = re.compile(r"[0-9a-f]{40}")
DTYPE_HELP = (
    "int8 takes a quarter of the memory and less time for many rows, at a small cost in quality; "
    "where a machine cannot multiply so, its workers take another and say so."
)
# A name is also a part of a queue's name and of an address.
check_name = RegexValidator(r"\A[a-z0-9][a-z0-9._-]{0,59}\Z", "Small letters, digits, dots, dashes; at most 60.")


class CheckpointQuerySet(models.QuerySet["Checkpoint"]):
    def enabled(self) -> CheckpointQuerySet:
        return self.filter(is_enabled=True)

    def visible_to(self, user: User | AnonymousUser) -> CheckpointQuerySet:
        """Those that may write for this person, the default one first, then small before large."""
        visible = self.enabled() if user.is_staff else self.enabled().filter(audience=Checkpoint.Audience.PUBLIC)
        return visible.order_by("-is_default", F("num_parameters").asc(nulls_last=True), "name")


class Checkpoint(models.Model):
    class SourceKind(models.TextChoices):
        BUNDLED = "bundled", "comes with Inkling"
        HUB = "hub", "hub"
        FOLDER = "folder", "folder below the models directory"

    class Dtype(models.TextChoices):
        AUTO = "auto", "what suits the machine"
        FLOAT32 = "float32"
        BFLOAT16 = "bfloat16"
        INT8 = "int8"

    class Audience(models.TextChoices):
        PUBLIC = "public", "everybody"
        STAFF = "staff", "staff only"

    name = models.CharField(primary_key=True, max_length=60, validators=[check_name])
    title = models.CharField(max_length=80)
    description = models.TextField(blank=True, help_text="What it is good for, in a sentence or two.")

    source_kind = models.CharField(max_length=10, choices=SourceKind, default=SourceKind.HUB)
    location = models.CharField(max_length=200, help_text="On the hub: owner/name. A folder: its name.")
    revision = models.CharField(max_length=40, blank=True, help_text="On the hub: the commit, 40 hex digits.")
    dtype = models.CharField(max_length=10, choices=Dtype, default=Dtype.AUTO, help_text=DTYPE_HELP)

    is_enabled = models.BooleanField("enabled", default=True)
    is_default = models.BooleanField("default", default=False, editable=False)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.PUBLIC)
    # Set by "load now"; the bundled and the default checkpoint are loaded without being asked for.
    load_requested_at = models.DateTimeField(null=True, blank=True, editable=False)

    num_parameters = models.PositiveBigIntegerField("parameters", null=True, blank=True)
    context_length = models.PositiveIntegerField(null=True, blank=True, help_text="In tokens.")
    licence = models.CharField(max_length=80, blank=True)
    facts = models.JSONField(default=dict, blank=True, help_text='{"Trained on": "…"}')
    limitations = models.TextField(blank=True)
    content_warning = models.TextField(blank=True)
    evaluation = models.JSONField(default=list, blank=True, help_text='[{"dataset", "metric", "value", "note"}]')

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CheckpointQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default"),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_enabled=True, audience="public"), name="default_serves_everybody"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def source(self) -> str:
        """`bundled:novels-7m`, `hub:owner/name` or `folder:name`, as generation.checkpoints reads it."""
        return f"{self.source_kind}:{self.location}"

    @property
    def is_loaded_at_start(self) -> bool:
        is_bundled = self.source_kind == self.SourceKind.BUNDLED
        return is_bundled or self.is_default or self.load_requested_at is not None

    def clean(self) -> None:
        check_location(self.source_kind, self.location)
        check_revision(self.source_kind, self.revision)
        check_facts(self.facts, self.evaluation)
        if self.is_default and not (self.is_enabled and self.audience == self.Audience.PUBLIC):
            raise ValidationError("This is the default checkpoint: make another one the default first.")

    def make_default(self) -> None:
        """Takes the place of the default one before it. Raises ValidationError where it cannot serve everybody."""
        if not (self.is_enabled and self.audience == self.Audience.PUBLIC):
            raise ValidationError(f"{self.name} is disabled or for staff only, so it cannot be the default.")
        with transaction.atomic():
            Checkpoint.objects.filter(is_default=True).exclude(pk=self.pk).update(is_default=False)
            self.is_default = True
            self.save()

    def request_load(self) -> None:
        self.load_requested_at = timezone.now()
        self.save()

    def to_catalogue(self) -> dict[str, Any]:
        """What a worker needs to know."""
        return {
            "name": self.name,
            "source": self.source,
            "revision": self.revision,
            "dtype": self.dtype,
            "audience": self.audience,
            "load": self.is_loaded_at_start,
        }


class CatalogueVersion(models.Model):
    """One row that counts the catalogue's changes, so that workers and Redis can tell old from new."""

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def current(cls) -> int:
        return cls.objects.filter(pk=1).values_list("number", flat=True).first() or 0

    @classmethod
    def advance(cls) -> None:
        cls.objects.get_or_create(pk=1)
        cls.objects.filter(pk=1).update(number=F("number") + 1)


def check_location(source_kind: str, location: str) -> None:
    if source_kind == Checkpoint.SourceKind.BUNDLED and location not in BUNDLED_LOCATIONS:
        raise ValidationError({"location": f"Bundled is only {', '.join(BUNDLED_LOCATIONS)}."})
    if source_kind == Checkpoint.SourceKind.HUB and not HUB_LOCATION.fullmatch(location):
        raise ValidationError({"location": f"{location!r} is no hub id; expected owner/name."})
    if source_kind == Checkpoint.SourceKind.FOLDER and not is_folder_name(location):
        raise ValidationError({"location": f"{location!r} is no folder below the models directory."})


def is_folder_name(location: str) -> bool:
    """A relative path whose every part is a plain name, so that it cannot leave the models directory."""
    parts = PurePosixPath(location).parts
    return bool(parts) and all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", part) for part in parts)


def check_revision(source_kind: str, revision: str) -> None:
    if source_kind == Checkpoint.SourceKind.HUB and not COMMIT.fullmatch(revision):
        raise ValidationError({"revision": "Weights from the hub are pinned: expected a commit of 40 hex digits."})
    if source_kind != Checkpoint.SourceKind.HUB and revision:
        raise ValidationError({"revision": "Only checkpoints from the hub have a revision."})


def check_facts(facts: object, evaluation: object) -> None:
    if not isinstance(facts, dict) or not all(isinstance(value, str) for value in facts.values()):
        raise ValidationError({"facts": "Expected an object whose values are texts."})
    keys = {"dataset", "metric", "value", "note"}
    is_table = isinstance(evaluation, list) and all(isinstance(row, dict) and set(row) == keys for row in evaluation)
    if not is_table:
        raise ValidationError({"evaluation": f"Expected a list of objects with {', '.join(sorted(keys))}."})
