"""What a browser may send. Each model is one frame of the contract; unknown fields are refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from webapp.collab.names import checked_name
from webapp.protocol.limits import (
    MAX_DOCUMENT_LENGTH,
    MAX_INTEGER,
    MAX_OFFER_LENGTH,
    MAX_PROMPT_LENGTH,
    MAX_TITLE_LENGTH,
    length_in_units,
)
from webapp.protocol.params import SuggestParams

MAX_UPDATES = 500
MAX_COPIED_STRETCHES = 500


def _check_prompt(prompt: str) -> str:
    if length_in_units(prompt) > MAX_PROMPT_LENGTH:
        raise ValueError(f"at most {MAX_PROMPT_LENGTH} characters")
    return prompt


Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
Position = Annotated[int, Field(ge=0, le=MAX_DOCUMENT_LENGTH)]
# 48, since the session's id is a part of the name of a channel layer's group.
SessionId = Annotated[str, Field(pattern=r"\A[A-Za-z0-9_-]{8,48}\z")]
RequestId = Annotated[str, Field(pattern=r"\A[A-Za-z0-9._-]{1,64}\z")]
Index = Annotated[int, Field(ge=0, le=63)]
OfferId = Annotated[str, Field(pattern=r"\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z")]
Origin = Literal["typed", "suggestion", "pasted", "imported", "restored"]


class Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class Join(Model):
    """`revision` is the last one that the browser has, null where it has none yet.

    Of another protocol this must stay readable, so that the page can be told to reload.
    """

    type: Literal["join"]
    protocol: Count
    revision: Count | None
    session_id: SessionId


class CopiedStretch(Model):
    """The next `length` units of what is inserted, and where in this document they stood at `position` before.

    In the text at `revision`, or in what an update inserted that came as `number` of a session, this one by default.
    With neither they are new.
    """

    length: Annotated[int, Field(ge=1, le=MAX_DOCUMENT_LENGTH)]
    position: Position = 0
    revision: Count | None = None
    number: Count | None = None
    session_id: SessionId | None = None

    @model_validator(mode="after")
    def _stood_in_one_place(self) -> Self:
        if self.revision is not None and self.number is not None:
            raise ValueError("revision or number")
        return self


class EditUpdate(Model):
    """`changes` is a ChangeSet in CodeMirror's JSON form, read by webapp.collab.changes.

    A suggestion is named by `request_id` and `index` where this tab asked for it, by `offer_id` where it was offered.
    What is copied, or comes back by an undo, tells where it was: `copied_from` covers all that is inserted, in order.
    """

    changes: list[Any]
    origin: Origin
    request_id: RequestId | None = None
    index: Index | None = None
    offer_id: OfferId | None = None
    copied_from: Annotated[list[CopiedStretch], Field(min_length=1, max_length=MAX_COPIED_STRETCHES)] | None = None

    @model_validator(mode="after")
    def _only_suggestions_name_where_they_come_from(self) -> Self:
        names_request = self.request_id is not None or self.index is not None
        names_offer = self.offer_id is not None
        if self.origin != "suggestion" and (names_request or names_offer):
            raise ValueError('request_id, index and offer_id only where origin is "suggestion"')
        if names_request and names_offer:
            raise ValueError("offer_id, or request_id and index")
        return self

    @model_validator(mode="after")
    def _only_people_copy(self) -> Self:
        if self.copied_from is not None and self.origin not in ("typed", "pasted"):
            raise ValueError('copied_from only where origin is "typed" or "pasted"')
        return self


class Edit(Model):
    type: Literal["edit"]
    revision: Count
    first_number: Count
    updates: Annotated[list[EditUpdate], Field(min_length=1, max_length=MAX_UPDATES)]


class Suggest(Model):
    """`prompt` is the text before the caret; control characters are text like any other."""

    type: Literal["suggest"]
    request_id: RequestId
    prompt: Annotated[str, AfterValidator(_check_prompt)]
    checkpoint: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    params: SuggestParams = SuggestParams()
    adds_to: RequestId | None = None
    fresh: bool = False


class Cancel(Model):
    type: Literal["cancel"]
    request_id: RequestId


class Outcome(Model):
    type: Literal["outcome"]
    request_id: RequestId
    index: Index
    outcome: Literal["shown", "accepted", "partially_accepted", "dismissed", "typed_through"]
    num_characters: Count


class Offer(Model):
    """Shows a suggestion of this tab to all who may write. `position` is its place in the text at `revision`."""

    type: Literal["offer"]
    request_id: RequestId
    index: Index
    text: Annotated[str, Field(min_length=1, max_length=MAX_OFFER_LENGTH)]
    revision: Count
    position: Position


class TakeOffer(Model):
    """Asks to be the one who inserts it; the answer is an "offer_closed" frame, and then an edit follows."""

    type: Literal["take_offer"]
    offer_id: OfferId


class WithdrawOffer(Model):
    type: Literal["withdraw_offer"]
    offer_id: OfferId


class Caret(Model):
    type: Literal["caret"]
    revision: Count
    anchor: Position
    head: Position


class Rename(Model):
    type: Literal["rename"]
    title: Annotated[str, Field(max_length=MAX_TITLE_LENGTH)]


class Introduce(Model):
    """What a guest wants to be called in all documents of this browser from now on; null for two words of ours."""

    type: Literal["introduce"]
    name: Annotated[str, Field(max_length=200), AfterValidator(checked_name)] | None


ClientFrame = Join | Edit | Suggest | Cancel | Outcome | Offer | TakeOffer | WithdrawOffer | Caret | Rename | Introduce

FRAMES: dict[str, type[ClientFrame]] = {
    "join": Join,
    "edit": Edit,
    "suggest": Suggest,
    "cancel": Cancel,
    "outcome": Outcome,
    "offer": Offer,
    "take_offer": TakeOffer,
    "withdraw_offer": WithdrawOffer,
    "caret": Caret,
    "rename": Rename,
    "introduce": Introduce,
}
