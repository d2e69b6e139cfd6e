"""The worker process: Celery with a pool of threads around one engine. `python -m webapp.processes.worker`"""

import sys
import warnings

from celery.exceptions import SecurityWarning

from webapp.celery import RECORDS_QUEUE, app

# A thread does nothing but wait for the engine, which bounds the work itself: more of them than one asker may have
# requests running and waiting, so that others still reach it.
NUM_THREADS = 128

# Workers learn of each other from nothing but Redis' own keys, so they need neither gossip nor mingling.
OPTIONS = ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]


def main() -> None:
    # Celery warns whoever runs it as root of pickled tasks; ours are JSON and nothing else is accepted.
    warnings.simplefilter("ignore", SecurityWarning)
    pool = ["--pool", "threads", "--concurrency", str(NUM_THREADS)]
    app.worker_main(["--quiet", "worker", *pool, "--queues", RECORDS_QUEUE, *OPTIONS, *sys.argv[1:]])


if __name__ == "__main__":
    main()
