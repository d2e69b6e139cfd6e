"""Who is next: of those who ask, those who have least. Knows neither the model nor memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Protocol, TypeVar

# Nobody may hold more than this many times what is left free, so there is always room for one more who comes.
MOST_OF_FREE = 2
# Each step that a prompt waits counts for as much as this many tokens of it that need not be read.
TOKENS_PER_STEP_WAITED = 16


class Asked(Protocol):
    """What is known here of a request."""

    @property
    def asker(self) -> str: ...
    @property
    def num_rows(self) -> int: ...


class Reading(Asked, Protocol):
    """A request whose prompt is being read, and has been its asker's oldest such for so many steps."""

    num_steps_waited: int

    @property
    def num_unread(self) -> int: ...


SomeAsked = TypeVar("SomeAsked", bound=Asked)
SomeReading = TypeVar("SomeReading", bound=Reading)


def in_turn(waiting: Iterable[SomeAsked], running: Iterable[Asked]) -> list[SomeAsked]:
    """The oldest request of each asker, of those first who have the fewest continuations running."""
    num_rows = Counter[str]()
    for group in running:
        num_rows[group.asker] += group.num_rows
    return sorted(oldest_of_each(waiting), key=lambda group: num_rows[group.asker])


def oldest_of_each(groups: Iterable[SomeAsked]) -> list[SomeAsked]:
    """The first request of each asker."""
    oldest: dict[str, SomeAsked] = {}
    for group in groups:
        oldest.setdefault(group.asker, group)
    return list(oldest.values())


def leaves_room(held: int, added: int, free: int) -> bool:
    """Whether an asker who holds `held` of something may take `added` of the `free` rest. The first is always free."""
    return not held or held + added <= MOST_OF_FREE * (free - added)


def by_urgency(reading: Iterable[SomeReading]) -> list[SomeReading]:
    """The oldest of each asker, short ones before long ones; then the second of each, and so on."""
    rounds: dict[str, int] = Counter()
    placed: list[tuple[int, int, SomeReading]] = []
    for group in reading:
        num_ahead = group.num_unread - TOKENS_PER_STEP_WAITED * group.num_steps_waited
        placed.append((rounds[group.asker], num_ahead, group))
        rounds[group.asker] += 1
    return [group for _, _, group in sorted(placed, key=lambda item: item[:2])]
