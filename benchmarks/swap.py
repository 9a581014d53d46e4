"""200 swaps under 16 busy clients: how many fail, and how long nobody gets an answer."""

import multiprocessing
import statistics
import tempfile
import threading
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import psycopg2

from alphanest_db.database.connect import session
from alphanest_db.database.swap import swap
from alphanest_db.database.target import Target
from alphanest_db.errors import AlphanestError
from tests.servers import execute, fetch, installations, running_server

SWAPS = 200
PROCESSES, THREADS = 4, 4
PAUSE_SECONDS = 0.25


def main() -> None:
    """Print failures, and the outage as the swap and as the clients saw it."""
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        Path(folder).chmod(0o755)
        for installation in installations():
            with running_server(installation, Path(folder) / "server", settings="max_connections = 100\n") as server:
                _measure(server, installation.version)


def _measure(server: Target, version: int) -> None:
    for name in ("live", "other"):
        execute(server, f"CREATE DATABASE {name}")
        execute(server.with_database(name), "CREATE TABLE me (word text)", f"INSERT INTO me VALUES ('{name}')")
    live = server.with_database("live")
    done = multiprocessing.Event()
    gaps: Queue[float] = multiprocessing.Queue()
    clients = [multiprocessing.Process(target=_clients, args=(live, done, gaps)) for _number in range(PROCESSES)]
    for client in clients:
        client.start()
    time.sleep(1)
    outages, failures = [], 0
    for number in range(SWAPS):
        try:
            outages.append(swap(live, "other", "between").outage_seconds)
            execute(server, "ALTER DATABASE between RENAME TO other")
        except AlphanestError as error:
            failures += 1
            print(f"  swap {number} failed: {error.message}")
        time.sleep(PAUSE_SECONDS)
    done.set()
    seen = [gaps.get() for _number in range(PROCESSES * THREADS)]
    for client in clients:
        client.join()
    right = fetch(live, "SELECT word FROM me") == [("live",)]
    print(f"\nPostgreSQL {version}: {SWAPS} swaps under {PROCESSES * THREADS} busy clients")
    print(f"  failed: {failures}; the right database is live at the end: {right}")
    print(
        f"  outage: median {statistics.median(outages) * 1000:.0f} ms, longest {max(outages) * 1000:.0f} ms; "
        f"longest wait of a client {max(seen) * 1000:.0f} ms"
    )


def _clients(live: Target, done: Event, gaps: "Queue[float]") -> None:
    threads = [threading.Thread(target=_client, args=(live, done, gaps)) for _number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _client(live: Target, done: Event, gaps: "Queue[float]") -> None:
    """Query without pause, connect again when thrown out; tells the longest time without an answer."""
    longest, last = 0.0, time.monotonic()
    while not done.is_set():
        try:
            with session(live) as connection, connection.cursor() as cursor:
                while not done.is_set():
                    cursor.execute("SELECT word FROM me")
                    now = time.monotonic()
                    longest, last = max(longest, now - last), now
                    time.sleep(0.002)
        except (psycopg2.Error, AlphanestError):
            continue
    gaps.put(longest)
