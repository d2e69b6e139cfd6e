"""Who has a document open, in this process and in others, and where their carets are. Knows no sockets and no Redis.

One `Presence` per web process, used on its event loop; nothing here waits. Each returned event is for the document's
group, and every event that arrives there ("presence.changed", "caret.moved", "waiting.changed") for `hear`, whose
answers are for the group too. An event of one's own process arrives as well and changes nothing.

A process announces all of its participants at once, so a lost or doubled event is healed by the next. Its word holds
for 45 s and is renewed by `refresh`, so those of a killed process disappear by themselves.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from typing import Any, Final
from uuid import UUID

ANNOUNCE_EVERY: Final = 15.0  # seconds
FORGET_AFTER: Final = 45.0  # two announcements may be lost

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caret:
    """A selection in UTF-16 units of the text at `revision`; `head` is the end that moves."""

    revision: int
    anchor: int
    head: int


@dataclass(frozen=True, slots=True)
class Participant:
    """One open tab. `connection` is its socket, which a newer socket of the same session may have replaced.

    `is_waiting` is for a suggestion, as the server knows from the requests that run.
    """

    connection: str
    session_id: str
    name: str
    color: int
    can_edit: bool
    is_guest: bool = True
    is_waiting: bool = False
    caret: Caret | None = None

    def to_dict(self) -> dict[str, Any]:
        """What other people may know."""
        # `asdict` copies each value deeply, which fifty people who come at once would wait for.
        told = {name: getattr(self, name) for name in self.__slots__ if name != "connection"}
        return {**told, "caret": self.caret and asdict(self.caret)}

    @classmethod
    def from_dict(cls, connection: str, told: dict[str, Any]) -> "Participant":
        caret = Caret(**told["caret"]) if told["caret"] else None
        return cls(connection=connection, **{**told, "caret": caret})


@dataclass(slots=True)
class _Word:
    """The last that another process said about one document."""

    number: int
    heard_at: float
    participants: list[Participant]


@dataclass(slots=True)
class _Room:
    """One document: who is here, by connection, and what other processes said, by process."""

    here: dict[str, Participant] = field(default_factory=dict)
    elsewhere: dict[str, _Word] = field(default_factory=dict)
    announced_at: float = 0.0


class Presence:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._process_id = uuid.uuid4().hex
        self._numbers = count(1)
        self._rooms: dict[UUID, _Room] = {}

    def join(self, document_id: UUID, participant: Participant) -> list[Event]:
        room = self._rooms.setdefault(document_id, _Room())
        is_first = not room.here
        room.here[participant.connection] = participant
        return [self._announcement(document_id, room, asks=is_first)]

    def leave(self, document_id: UUID, connection: str) -> list[Event]:
        """Safe to call for a connection that never joined."""
        room = self._rooms.get(document_id)
        if room is None or room.here.pop(connection, None) is None:
            return []
        if not room.here:
            del self._rooms[document_id]
        return [self._announcement(document_id, room, asks=False)]

    def move_caret(self, document_id: UUID, connection: str, caret: Caret) -> list[Event]:
        room = self._rooms.get(document_id)
        if room is None or connection not in room.here:
            return []
        moved = replace(room.here[connection], caret=caret)
        room.here[connection] = moved
        return [self._event("caret.moved", document_id, session_id=moved.session_id, **asdict(caret))]

    def wait(self, document_id: UUID, connection: str, is_waiting: bool) -> list[Event]:
        """Whether the tab waits for a suggestion; nothing where that was said already."""
        room = self._rooms.get(document_id)
        if room is None or connection not in room.here or room.here[connection].is_waiting == is_waiting:
            return []
        changed = room.here[connection] = replace(room.here[connection], is_waiting=is_waiting)
        return [self._event("waiting.changed", document_id, session_id=changed.session_id, is_waiting=is_waiting)]

    def rename(self, document_id: UUID, connection: str, name: str) -> list[Event]:
        room = self._rooms.get(document_id)
        if room is None or connection not in room.here:
            return []
        room.here[connection] = replace(room.here[connection], name=name)
        return [self._announcement(document_id, room, asks=False)]

    def participants(self, document_id: UUID) -> list[Participant]:
        """Everyone in the document, each session once, by name."""
        room = self._rooms.get(document_id, _Room())
        oldest = self._clock() - FORGET_AFTER
        elsewhere = [each for word in room.elsewhere.values() if word.heard_at > oldest for each in word.participants]
        by_session = {each.session_id: each for each in [*elsewhere, *room.here.values()]}
        return sorted(by_session.values(), key=lambda each: (each.name, each.session_id))

    def refresh(self, document_id: UUID) -> list[Event]:
        """Renews this process's word where it is due; for each consumer's regular check."""
        room = self._rooms.get(document_id)
        if room is None or self._clock() - room.announced_at < ANNOUNCE_EVERY:
            return []
        return [self._announcement(document_id, room, asks=False)]

    def hear(self, event: Event) -> list[Event]:
        """Takes in what another process said; the same event twice counts once."""
        document_id = UUID(event["document_id"])
        room = self._rooms.get(document_id)
        if room is None or event["process_id"] == self._process_id:
            return []
        if event["type"] != "presence.changed":
            _change_elsewhere(room, event)
            return []
        known = room.elsewhere.get(event["process_id"])
        if known is not None and event["number"] <= known.number:
            return []
        participants = [Participant.from_dict(event["process_id"], told) for told in event["participants"]]
        room.elsewhere[event["process_id"]] = _Word(event["number"], self._clock(), participants)
        return [self._announcement(document_id, room, asks=False)] if event["asks"] else []

    def _announcement(self, document_id: UUID, room: _Room, *, asks: bool) -> Event:
        """`asks` that the other processes announce theirs, which this one cannot know yet."""
        room.announced_at = self._clock()
        told = [participant.to_dict() for participant in room.here.values()]
        return self._event("presence.changed", document_id, number=next(self._numbers), asks=asks, participants=told)

    def _event(self, kind: str, document_id: UUID, **fields: Any) -> Event:
        return {"type": kind, "document_id": str(document_id), "process_id": self._process_id, **fields}


def _change_elsewhere(room: _Room, event: Event) -> None:
    word = room.elsewhere.get(event["process_id"])
    if word is not None:
        session_id = event["session_id"]
        word.participants = [
            _changed(each, event) if each.session_id == session_id else each for each in word.participants
        ]


def _changed(participant: Participant, event: Event) -> Participant:
    if event["type"] == "waiting.changed":
        return replace(participant, is_waiting=event["is_waiting"])
    return replace(participant, caret=Caret(event["revision"], event["anchor"], event["head"]))


# This process's own.
presence = Presence()
