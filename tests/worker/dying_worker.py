"""The real worker process, but that a prompt which asks for it kills the decode loop: as lost memory would."""

from __future__ import annotations

from generation.engine.scheduler import Scheduler
from webapp.processes import worker

DEADLY = "Die, and say why."
REASON = "the engine stopped: MemoryError: no more memory"


def main() -> None:
    admit = Scheduler.admit

    def admit_or_die(self: Scheduler) -> None:
        if any(group.request.prompt == DEADLY for group in self.waiting):
            raise MemoryError("no more memory")
        admit(self)

    Scheduler.admit = admit_or_die  # type: ignore[method-assign]
    worker.main()


if __name__ == "__main__":
    main()
