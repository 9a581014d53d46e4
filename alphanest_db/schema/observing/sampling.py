"""Watching a statement from outside without standing in its way: how long it holds which lock, to a few milliseconds."""

import contextlib
import threading
import time
from collections.abc import Iterator

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.connect import connect
from alphanest_db.database.target import Target
from alphanest_db.schema.observing.snapshot import Snapshot, WatchedLocks, read_locks

PAUSE_SECONDS = 0.005


@contextlib.contextmanager
def sampled(scratch: Target, pid: int, _text: str, _relations: Snapshot) -> Iterator[WatchedLocks]:
    """Collects the locks that the backend `pid` holds while the block runs, and for how many seconds each was seen."""
    seen: WatchedLocks = {}
    over = threading.Event()
    with contextlib.closing(connect(scratch, autocommit=True)) as observer:
        watcher = threading.Thread(target=_watch, args=(seen, over, observer, pid), daemon=True)
        watcher.start()
        try:
            yield seen
        finally:
            over.set()
            watcher.join()


def _watch(seen: WatchedLocks, over: threading.Event, observer: Connection, pid: int) -> None:
    """A lock counts from the look before the one that first sees it, so rather a few milliseconds too many."""
    looked_at = time.monotonic()
    with contextlib.suppress(psycopg2.Error):
        while not over.wait(PAUSE_SECONDS):
            held = read_locks(observer, pid)
            now = time.monotonic()
            for lock in held:
                if lock.granted:
                    seen[lock] = seen.get(lock, 0.0) + now - looked_at
            looked_at = now
