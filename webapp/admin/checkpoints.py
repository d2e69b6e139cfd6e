"""The catalogue: which checkpoints there are, which one is the default, who may use them, how they fare."""

from typing import Any

from asgiref.sync import async_to_sync
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from webapp import catalogue
from webapp.known_checkpoints import KNOWN_CHECKPOINTS
from webapp.models import Checkpoint
from webapp.suggestions import CheckpointStatus, checkpoint_states

KNOWN_NAMES = {known["name"] for known in KNOWN_CHECKPOINTS}
NOT_PUBLISHED = "Redis cannot be reached: the catalogue is saved, and workers learn of it as soon as Redis is back."


@admin.register(Checkpoint)
class CheckpointAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes none when run
    list_display = ["name", "state", "is_enabled", "is_default", "audience", "source"]
    list_filter = ["is_enabled", "audience", "source_kind"]
    search_fields = ["name", "title", "location"]
    actions = ["make_default", "load_now", "enable", "disable"]
    readonly_fields = ["state", "is_default", "load_requested_at", "created_at", "updated_at"]
    fieldsets = [
        (None, {"fields": ["name", "title", "description", "state", "is_enabled", "is_default", "audience"]}),
        ("Weights", {"fields": ["source_kind", "location", "revision", "dtype", "load_requested_at"]}),
        ("Card", {"fields": ["num_parameters", "context_length", "licence", "facts", "limitations"]}),
        ("Warnings and figures", {"fields": ["content_warning", "evaluation", "created_at", "updated_at"]}),
    ]

    @admin.display(description="state")
    def state(self, checkpoint: Checkpoint) -> str:
        status = read_states().get(checkpoint.name)
        return describe(status) if checkpoint.is_enabled else "disabled"

    @admin.action(description="Make the default")
    def make_default(self, request: HttpRequest, checkpoints: QuerySet[Checkpoint]) -> None:
        if len(checkpoints) != 1:
            self.message_user(request, "Choose one checkpoint to be the default.", messages.ERROR)
            return
        self.act(request, checkpoints, Checkpoint.make_default, "is the default now")

    @admin.action(description="Load now")
    def load_now(self, request: HttpRequest, checkpoints: QuerySet[Checkpoint]) -> None:
        self.act(request, checkpoints, Checkpoint.request_load, "is being loaded; its state says how it goes")

    @admin.action(description="Enable")
    def enable(self, request: HttpRequest, checkpoints: QuerySet[Checkpoint]) -> None:
        self.act(request, checkpoints, lambda checkpoint: set_enabled(checkpoint, True), "is enabled")

    @admin.action(description="Disable")
    def disable(self, request: HttpRequest, checkpoints: QuerySet[Checkpoint]) -> None:
        self.act(request, checkpoints, lambda checkpoint: set_enabled(checkpoint, False), "is disabled")

    def act(self, request: HttpRequest, checkpoints: QuerySet[Checkpoint], action: Any, said: str) -> None:
        """Does it to each, notes it in the admin's history, and says for each how it went."""
        for checkpoint in checkpoints:
            try:
                action(checkpoint)
            except ValidationError as error:
                self.message_user(request, error.messages[0], messages.ERROR)
                continue
            self.log_change(request, checkpoint, said)
            self.message_user(request, f"{checkpoint.name} {said}.")

    def get_readonly_fields(self, request: HttpRequest, obj: Checkpoint | None = None) -> list[str]:
        # The name is the key: changing it would make a copy.
        return [*self.readonly_fields, "name"] if obj else list(self.readonly_fields)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without deletion in bulk, which would ask nobody about the default."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Checkpoint | None = None) -> bool:
        """Neither the default nor the known ones, which would be back at the next start: those can be disabled."""
        is_kept = obj is not None and (obj.is_default or obj.name in KNOWN_NAMES)
        return super().has_delete_permission(request, obj) and not is_kept

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and not catalogue.publish_if_behind():
            self.message_user(request, NOT_PUBLISHED, messages.WARNING)
        return super().changelist_view(request, extra_context)


def set_enabled(checkpoint: Checkpoint, is_enabled: bool) -> None:
    checkpoint.is_enabled = is_enabled
    checkpoint.clean()
    checkpoint.save()


def read_states() -> dict[str, CheckpointStatus]:
    """From the workers' heartbeats; `checkpoint_states` keeps them for a second, so a list of rows asks once."""
    return async_to_sync(checkpoint_states)()


def describe(status: CheckpointStatus | None) -> str:
    if status is None:
        return "unavailable"
    progress = f" {status.progress:.0%}" if status.progress is not None else ""
    return f"{status.state}{progress}: {status.reason}" if status.reason else f"{status.state}{progress}"
