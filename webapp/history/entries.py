"""Groups updates into the entries of a timeline: who wrote, how, from when to when. Pure.

Where one entry ends depends on two neighbouring updates alone, so an entry is the same whichever page it is read on.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from webapp.collab import utf16
from webapp.collab.attribution import Byline

PAUSE: Final = timedelta(minutes=2)
# People who write at the same time alternate with every word; they share an entry.
TOGETHER: Final = timedelta(seconds=10)
# An entry never crosses a multiple of this, so that no day of writing without a pause becomes one.
MAX_UPDATES: Final = 500


@dataclass(frozen=True, slots=True)
class Step:
    """What the timeline needs of an update; its lengths count UTF-16 units."""

    revision: int
    author: Byline
    origin: str
    checkpoint: str | None
    at: datetime
    num_inserted: int
    num_deleted: int
    # To whom it was suggested, where that is another than who took it.
    asker: str | None = None


@dataclass(slots=True)
class Entry:
    """Neighbouring updates of one origin, the newest being `last_revision`."""

    first_revision: int
    last_revision: int
    origin: str
    began_at: datetime
    ended_at: datetime
    num_inserted: int = 0
    num_deleted: int = 0
    authors: list[Byline] = field(default_factory=list)
    checkpoints: list[str] = field(default_factory=list)
    askers: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return {
            "first_revision": self.first_revision,
            "last_revision": self.last_revision,
            "origin": self.origin,
            "began_at": self.began_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "num_inserted": self.num_inserted,
            "num_deleted": self.num_deleted,
            "authors": [author.to_dict() for author in self.authors],
            "checkpoints": self.checkpoints,
            "askers": self.askers,
        }


def to_step(
    revision: int,
    author: Byline,
    origin: str,
    checkpoint: str | None,
    at: datetime,
    changes: list[Any],
    asker: str | None = None,
) -> Step:
    num_inserted = sum(utf16.length("\n".join(part[1:])) for part in changes if isinstance(part, list))
    num_deleted = sum(part[0] for part in changes if isinstance(part, list))
    return Step(revision, author, origin, checkpoint, at, num_inserted, num_deleted, asker)


def group(newest_first: Iterable[Step]) -> Iterator[Entry]:
    """The entries, newest first. The last one may go on in updates that were not given."""
    entry: Entry | None = None
    later: Step | None = None
    for step in newest_first:
        if entry is None or later is None or not belong_together(step, later):
            if entry is not None:
                yield entry
            entry = Entry(step.revision, step.revision, step.origin, step.at, step.at)
        _take(entry, step)
        later = step
    if entry is not None:
        yield entry


def belong_together(earlier: Step, later: Step) -> bool:
    """Whether two neighbours are in one entry."""
    is_new_block = earlier.revision // MAX_UPDATES != later.revision // MAX_UPDATES
    if is_new_block or earlier.origin != later.origin:
        return False
    # Clocks of two web processes differ a little, so a later update may carry an earlier time.
    pause = later.at - earlier.at
    return pause <= (PAUSE if earlier.author == later.author else TOGETHER)


def _take(entry: Entry, step: Step) -> None:
    """Adds the next older update."""
    entry.first_revision, entry.began_at = step.revision, step.at
    entry.num_inserted += step.num_inserted
    entry.num_deleted += step.num_deleted
    if step.author not in entry.authors:
        entry.authors.insert(0, step.author)
    if step.checkpoint and step.checkpoint not in entry.checkpoints:
        entry.checkpoints.insert(0, step.checkpoint)
    if step.asker and step.asker not in entry.askers:
        entry.askers.insert(0, step.asker)
