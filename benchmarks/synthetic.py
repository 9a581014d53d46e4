r"""`seed synthetic` beside psql's \copy of ready files, with the same dropping and making again, and SQLAlchemy's bulk insert.

`python -m benchmarks synthetic`; USERS, ITEMS_EACH and TRADES in the environment are other sizes. What is loaded by \copy was
written by --to-files, once as it comes and once in random order.
"""

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import insert
from sqlalchemy.orm import Session

from alphanest_db.database.connect import connect
from alphanest_db.database.engine import pooled_engine
from alphanest_db.database.rebuilding import drop_rebuildable
from alphanest_db.database.target import Target
from alphanest_db.models.metadata import MODELS
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from alphanest_db.seeding.synthetic.tables import COLUMNS, TABLES
from benchmarks.measuring import BIN, environment
from tests.conftest import new_database
from tests.servers import execute, fetch, installations, running_server

USERS = int(os.environ.get("USERS", "100000"))
ITEMS_EACH = int(os.environ.get("ITEMS_EACH", "5"))
TRADES = int(os.environ.get("TRADES", "3000000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SQLALCHEMY_USERS = 1_000
SIZES = ("--users", str(USERS), "--items-per-user", str(ITEMS_EACH), "--trades", str(TRADES), "--until", "2026-11-01")
ROWS = 3 * USERS + USERS * ITEMS_EACH + TRADES
# As long as the disk plays no part, the processors are compared.
SETTINGS = "fsync = off\nmax_wal_size = 16GB\n"
BUILTIN = "template0 LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' ENCODING 'UTF8'"


@dataclass
class Peak:
    """The most memory that a process and all that it started had at once, in MB."""

    resident: float = 0.0
    proportional: float = 0.0


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        Path(folder).chmod(0o755)
        ordered, shuffled = Path(folder) / "ordered", Path(folder) / "shuffled"
        subprocess.run(
            [BIN / "alphanest", "seed", "synthetic", *SIZES, "--to-files", ordered], env=environment(ALPHANEST_HOME=folder),
            check=True, capture_output=True,
        )  # fmt: skip
        shuffled.mkdir()
        for table in TABLES:
            with (shuffled / f"{table}.copy").open("wb") as file:
                subprocess.run(["shuf", ordered / f"{table}.copy"], stdout=file, check=True)
        with running_server(installations()[0], Path(folder) / "server", settings=SETTINGS) as server:
            _loading(server, ordered, shuffled)
            _bulk_insert(server)


def _loading(server: Target, ordered: Path, shuffled: Path) -> None:
    ways: dict[str, Callable[[Target], Peak]] = {
        "seed synthetic": lambda target: _seed(target),
        "seed synthetic --jobs 2": lambda target: _seed(target, "--jobs", "2"),
        "psql \\copy, in order": lambda target: _copy(target, ordered),
        "psql \\copy, in random order": lambda target: _copy(target, shuffled),
    }
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    peaks: dict[str, Peak] = {}
    for _ in range(ROUNDS):
        for way, load in ways.items():
            with new_database(server, BUILTIN) as target:
                upgrade(target, migrations_folder())
                execute(target, "CHECKPOINT")
                begun = time.perf_counter()
                peaks[way] = load(target)
                seconds[way].append(time.perf_counter() - begun)
                assert fetch(target, "SELECT count(*) FROM trades") == [(TRADES,)]
    medians = {way: statistics.median(times) for way, times in seconds.items()}
    rival = medians["psql \\copy, in random order"]
    print(
        f"\n{ROWS:,} rows into empty tables, indexes and keys there at the end (median of {ROUNDS} interleaved rounds)"
    )
    for way, median in medians.items():
        peak = peaks[way]
        print(
            f"  {way:<30} {median:7.2f} s   {median / rival:5.2f} x   {ROWS / median:10,.0f} rows/s"
            f"   {peak.resident:6.0f} MB resident, {peak.proportional:.0f} MB proportional"
        )


def _seed(target: Target, *options: str) -> Peak:
    command = [str(BIN / "alphanest"), "seed", "synthetic", *SIZES, *options]
    return _watched(command, environment(DATABASE_URL=target.url(show_password=True)), Path("/"))


def _copy(target: Target, folder: Path) -> Peak:
    connection = connect(target)
    dropped = drop_rebuildable(connection, TABLES)
    drop = [f"{each.drop().as_string(connection)};" for each in reversed(dropped)]
    make = [f"{each.make().as_string(connection)};" for each in dropped]
    connection.rollback()
    connection.close()
    copy = [f"\\copy {table} ({', '.join(COLUMNS[table])}) FROM '{table}.copy'" for table in TABLES]
    script = folder / "script.sql"
    script.write_text("\n".join(["BEGIN;", *drop, *copy, *make, "COMMIT;"]))
    psql = [str(installations()[0].programs / "psql"), "-qX", "-v", "ON_ERROR_STOP=1", "-f", str(script)]
    return _watched([*psql, target.url(show_password=True)], environment(), folder)


def _watched(command: Sequence[str], environ: dict[str, str], folder: Path) -> Peak:
    peak, process = Peak(), subprocess.Popen(command, env=environ, cwd=folder, stdout=subprocess.DEVNULL)
    watcher = threading.Thread(target=_watch, args=(process.pid, peak))
    watcher.start()
    assert process.wait() == 0
    watcher.join()
    return peak


def _watch(pid: int, peak: Peak) -> None:
    try:
        process = psutil.Process(pid)
        while process.is_running():
            memory = [each.memory_full_info() for each in (process, *process.children(recursive=True))]
            peak.resident = max(peak.resident, sum(each.rss for each in memory) / 1e6)
            peak.proportional = max(peak.proportional, sum(each.pss for each in memory) / 1e6)
            time.sleep(0.2)
    except psutil.Error:  # one of them has ended
        return


def _bulk_insert(server: Target) -> None:
    """SQLAlchemy's own way for many rows, with indexes and keys in place, as it is used; per row, since it takes so long."""
    with new_database(server, BUILTIN) as made, new_database(server, BUILTIN) as target:
        for each in (made, target):
            upgrade(each, migrations_folder())
        _seed_few(made)
        rows = {model: _rows_of(made, model.__tablename__) for model in MODELS}
        engine = pooled_engine(target)
        begun = time.perf_counter()
        with Session(engine) as session:
            for table in TABLES:
                [model] = [model for model in MODELS if model.__tablename__ == table]
                session.execute(insert(model), rows[model])
            session.commit()
        seconds = time.perf_counter() - begun
        engine.dispose()
    count = sum(map(len, rows.values()))
    print(f"\nSQLAlchemy's bulk insert of {count:,} such rows: {count / seconds:,.0f} rows/s")


def _seed_few(target: Target) -> None:
    users = str(SQLALCHEMY_USERS)
    trades = str(max(1, TRADES * SQLALCHEMY_USERS // USERS))
    command = [
        str(BIN / "alphanest"),
        "seed",
        "synthetic",
        "--users",
        users,
        "--items-per-user",
        str(ITEMS_EACH),
        "--trades",
        trades,
    ]
    subprocess.run(
        command, env=environment(DATABASE_URL=target.url(show_password=True)), check=True, capture_output=True
    )


def _rows_of(target: Target, table: str) -> list[dict[str, Any]]:  # Any: of the column's type
    columns = COLUMNS[table]
    names = ", ".join(f'"{column}"' for column in columns)
    return [dict(zip(columns, row, strict=True)) for row in fetch(target, f"SELECT {names} FROM {table}")]
