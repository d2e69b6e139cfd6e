"""What the server sends. Frames are made by the consumer and what it is made of, nowhere else."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Attribution = dict[str, Any]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerFrame(Model):
    def to_json(self) -> str:
        return self.model_dump_json()


class CaretState(Model):
    revision: int
    anchor: int
    head: int


class Participant(Model):
    """A guest's name is two words or bears a mark, since an account's is a single word that nobody else may have."""

    session_id: str
    name: str
    color: int
    can_edit: bool
    is_guest: bool
    is_waiting: bool
    caret: CaretState | None


class Author(Model):
    name: str
    color: int


class OpenOffer(Model):
    """A suggestion that somebody offers to all. `before` and `after` are what stood around its place, `position`, then.

    `provenance` is recorded as it is with the edit that takes it.
    """

    offer_id: str
    author: Author
    is_own: bool
    text: str
    before: str
    after: str
    position: int
    provenance: dict[str, Any]
    seconds_left: float


class CheckpointState(Model):
    name: str
    title: str
    description: str
    num_parameters: int | None
    context_length: int | None
    state: Literal["absent", "downloading", "loading", "ready", "failed", "unavailable"]
    reason: str
    progress: float | None
    is_default: bool


class WelcomeDocument(Model):
    """`text` and `attribution` are null on a rejoin, and where `num_parts` frames bring them."""

    title: str
    revision: int
    text: str | None
    attribution: Attribution | None
    num_parts: int
    head_revision: int
    can_edit: bool
    can_suggest: bool


class WelcomeSession(Model):
    session_id: str
    name: str
    color: int
    is_guest: bool


class Limits(Model):
    max_document_length: int
    max_prompt_length: int
    max_edit_bytes: int


class Welcome(ServerFrame):
    """`version` changes with the page's files: a page of another one should be reloaded when it suits."""

    type: Literal["welcome"] = "welcome"
    protocol: int
    version: str
    document: WelcomeDocument
    session: WelcomeSession
    participants: list[Participant]
    checkpoints: list[CheckpointState]
    limits: Limits


class WelcomePart(ServerFrame):
    """Part `part` of the text or of the attribution, counted from 0: their pieces in order make the whole."""

    type: Literal["welcome_part"] = "welcome_part"
    part: int
    text: str
    attribution: Attribution | None


class EditedUpdate(Model):
    session_id: str
    number: int
    author: Author
    changes: list[Any]
    origin: str
    provenance: dict[str, Any] | None
    at: str


class DocumentEdited(ServerFrame):
    """`revision` is the document's after the last of the updates."""

    type: Literal["document_edited"] = "document_edited"
    revision: int
    updates: list[EditedUpdate]


class EditRefused(ServerFrame):
    type: Literal["edit_refused"] = "edit_refused"
    first_number: int
    code: str
    message: str


class SuggestionStarted(ServerFrame):
    """`note` tells why another checkpoint than the wanted one answers."""

    type: Literal["suggestion_started"] = "suggestion_started"
    request_id: str
    checkpoint: str
    seed: int
    is_cached: bool
    note: str | None


class SuggestionExtended(ServerFrame):
    type: Literal["suggestion_extended"] = "suggestion_extended"
    request_id: str
    index: int
    text: str


class SuggestionFinished(ServerFrame):
    type: Literal["suggestion_finished"] = "suggestion_finished"
    request_id: str
    index: int
    finish_reason: Literal["stop", "length", "cancelled", "deadline", "failed"]
    num_tokens: int
    elapsed_ms: int


class Offers(ServerFrame):
    """All that are open; it follows the welcome of a tab that may write."""

    type: Literal["offers"] = "offers"
    offers: list[OpenOffer]


class OfferMade(ServerFrame):
    type: Literal["offer_made"] = "offer_made"
    offer: OpenOffer


class OfferClosed(ServerFrame):
    """`session_id` is the tab of whoever took it, null where it was withdrawn. The first one wins."""

    type: Literal["offer_closed"] = "offer_closed"
    offer_id: str
    outcome: Literal["taken", "withdrawn"]
    author: Author
    session_id: str | None


class Presence(ServerFrame):
    type: Literal["presence"] = "presence"
    participants: list[Participant]


class CaretMoved(ServerFrame):
    type: Literal["caret_moved"] = "caret_moved"
    session_id: str
    revision: int
    anchor: int
    head: int


class WaitingChanged(ServerFrame):
    """Whether somebody waits for a suggestion."""

    type: Literal["waiting_changed"] = "waiting_changed"
    session_id: str
    is_waiting: bool


class Renamed(ServerFrame):
    type: Literal["renamed"] = "renamed"
    title: str


class Checkpoints(ServerFrame):
    type: Literal["checkpoints"] = "checkpoints"
    checkpoints: list[CheckpointState]


class AccessChanged(ServerFrame):
    type: Literal["access_changed"] = "access_changed"
    role: Literal["owner", "write", "view"]


class Error(ServerFrame):
    """With `request_id` it ends that request."""

    type: Literal["error"] = "error"
    code: str
    message: str
    request_id: str | None = None

    def to_json(self) -> str:
        return self.model_dump_json(exclude_none=True)
