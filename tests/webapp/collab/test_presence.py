"""Who is here, told across processes that only exchange events, some of which get lost."""

import uuid

import pytest

from webapp.collab.presence import ANNOUNCE_EVERY, FORGET_AFTER, Caret, Event, Participant, Presence

DOCUMENT = uuid.uuid4()


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def here(clock: Clock) -> Presence:
    return Presence(clock)


@pytest.fixture
def there(clock: Clock) -> Presence:
    """The same document in another web process."""
    return Presence(clock)


def tab(name: str, connection: str = "") -> Participant:
    return Participant(connection or f"socket of {name}", f"session of {name}", name, 3, can_edit=True)


def deliver(events: list[Event], *processes: Presence) -> None:
    """Sends events to the document's group, and the answers too, until all is said."""
    while events:
        events = [answer for event in events for process in processes for answer in process.hear(event)]


def names(presence: Presence) -> list[str]:
    return [participant.name for participant in presence.participants(DOCUMENT)]


def test_people_come_and_go(here: Presence) -> None:
    here.join(DOCUMENT, tab("Ada"))
    here.join(DOCUMENT, tab("Bob"))
    assert names(here) == ["Ada", "Bob"]
    here.leave(DOCUMENT, "socket of Ada")
    assert names(here) == ["Bob"]
    assert here.participants(uuid.uuid4()) == []


def test_processes_learn_of_each_other(here: Presence, there: Presence) -> None:
    deliver(here.join(DOCUMENT, tab("Ada")), here, there)
    deliver(there.join(DOCUMENT, tab("Bob")), here, there)
    assert names(here) == names(there) == ["Ada", "Bob"]
    deliver(here.leave(DOCUMENT, "socket of Ada"), here, there)
    assert names(there) == ["Bob"]


def test_carets_are_known_to_those_who_come_later(here: Presence, there: Presence) -> None:
    deliver(here.join(DOCUMENT, tab("Ada")), here, there)
    here.move_caret(DOCUMENT, "socket of Ada", Caret(7, 1, 4))
    deliver(there.join(DOCUMENT, tab("Bob")), here, there)
    assert there.participants(DOCUMENT)[0].caret == Caret(7, 1, 4)


def test_a_moved_caret_is_told_at_once(here: Presence, there: Presence) -> None:
    there.join(DOCUMENT, tab("Bob"))
    deliver(here.join(DOCUMENT, tab("Ada")), here, there)
    [event] = here.move_caret(DOCUMENT, "socket of Ada", Caret(7, 1, 4))
    assert event.items() >= {"type": "caret.moved", "session_id": "session of Ada", "head": 4}.items()
    deliver([event], here, there)
    assert there.participants(DOCUMENT)[0].caret == Caret(7, 1, 4)


def test_an_event_counts_once_however_often_it_arrives(here: Presence, there: Presence) -> None:
    there.join(DOCUMENT, tab("Bob"))
    [event] = here.join(DOCUMENT, tab("Ada"))
    assert len(there.hear(event)) == 1
    assert there.hear(event) == []


def test_an_older_event_does_not_undo_a_newer_one(here: Presence, there: Presence) -> None:
    there.join(DOCUMENT, tab("Bob"))
    older = here.join(DOCUMENT, tab("Ada"))
    newer = here.leave(DOCUMENT, "socket of Ada")
    deliver(newer + older, there)
    assert names(there) == ["Bob"]


def test_a_lost_event_is_healed_by_the_next(here: Presence, there: Presence, clock: Clock) -> None:
    there.join(DOCUMENT, tab("Bob"))
    here.join(DOCUMENT, tab("Ada"))
    assert here.refresh(DOCUMENT) == []
    clock.now += ANNOUNCE_EVERY
    deliver(here.refresh(DOCUMENT), here, there)
    assert names(there) == ["Ada", "Bob"]


def test_those_of_a_killed_process_are_forgotten(here: Presence, there: Presence, clock: Clock) -> None:
    there.join(DOCUMENT, tab("Bob"))
    deliver(here.join(DOCUMENT, tab("Ada")), here, there)
    clock.now += FORGET_AFTER
    assert names(there) == ["Bob"]


def test_a_replaced_socket_does_not_take_its_successor_away(here: Presence) -> None:
    here.join(DOCUMENT, tab("Ada", "old socket"))
    here.join(DOCUMENT, tab("Ada", "new socket"))
    assert names(here) == ["Ada"]
    here.leave(DOCUMENT, "old socket")
    assert names(here) == ["Ada"]


def test_who_never_joined_neither_leaves_nor_moves(here: Presence) -> None:
    assert here.leave(DOCUMENT, "nobody's") == []
    assert here.move_caret(DOCUMENT, "nobody's", Caret(0, 0, 0)) == []
    assert here.wait(DOCUMENT, "nobody's", is_waiting=True) == []
    assert here.rename(DOCUMENT, "nobody's", "Mallory") == []
    assert here.refresh(DOCUMENT) == []


def test_a_participants_socket_is_told_to_nobody(here: Presence) -> None:
    [event] = here.join(DOCUMENT, tab("Ada"))
    assert event["participants"] == [
        {
            "session_id": "session of Ada",
            "name": "Ada",
            "color": 3,
            "can_edit": True,
            "is_guest": True,
            "is_waiting": False,
            "caret": None,
        }
    ]


def test_who_waits_is_told_once_and_known_elsewhere(here: Presence, there: Presence) -> None:
    there.join(DOCUMENT, tab("Bob"))
    deliver(here.join(DOCUMENT, tab("Ada")), here, there)
    events = here.wait(DOCUMENT, "socket of Ada", is_waiting=True)
    assert here.wait(DOCUMENT, "socket of Ada", is_waiting=True) == []
    deliver(events, here, there)
    assert [each.is_waiting for each in there.participants(DOCUMENT)] == [True, False]
    deliver(here.wait(DOCUMENT, "socket of Ada", is_waiting=False), there)
    assert [each.is_waiting for each in there.participants(DOCUMENT)] == [False, False]


def test_a_new_name_is_known_elsewhere_and_the_caret_stays(here: Presence, there: Presence) -> None:
    there.join(DOCUMENT, tab("Zoe"))
    deliver(here.join(DOCUMENT, tab("Ada")), here, there)
    deliver(here.move_caret(DOCUMENT, "socket of Ada", Caret(7, 1, 4)), there)
    deliver(here.rename(DOCUMENT, "socket of Ada", "Bea"), here, there)
    assert names(here) == ["Bea", "Zoe"]
    assert [(each.name, each.caret) for each in there.participants(DOCUMENT)] == [
        ("Bea", Caret(7, 1, 4)),
        ("Zoe", None),
    ]
