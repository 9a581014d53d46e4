"""Hostile plain dumps on every version, and the speed of honest ones beside psql.

Goals: of all dumps nothing is run and nothing kept; no text is two statements for the server that is one for us; a large dump takes
no more than 1.1 times as long as with psql.
"""

import contextlib
import io
import subprocess
import tempfile
import time
from pathlib import Path

from alphanest_db.backup.plain.restore import restore_plain
from alphanest_db.database.connect import connect
from alphanest_db.database.target import Target
from alphanest_db.errors import DumpNotRestored, RefusedDump
from alphanest_db.programs.environment import client_environment
from tests.conftest import new_database
from tests.dumping import pg_dump
from tests.hostile import hostile_dumps
from tests.servers import Installation, execute, installations, running_server

ROUNDS = 5
ROWS = """
CREATE TABLE t AS SELECT i, md5(i::text) AS a, 'text \\ with '||i AS b, random() AS c, now() AS d
FROM generate_series(1, {rows}) AS i
"""
LARGE, INSERTS = 3_000_000, 200_000


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for installation in installations():
            with running_server(installation, folder / f"server-{installation.version}") as server:
                print(f"PostgreSQL {installation.version}: {_hostile(server, folder / 'canary')}")
        newest = installations()[0]
        with running_server(newest, folder / "server") as server:
            for title, rows, options in (("COPY", LARGE, ()), ("INSERT", INSERTS, ("--inserts",))):
                _speed(newest, server, folder / "dump.sql", title, rows, options)


def _hostile(server: Target, canary: Path) -> str:
    count, accepted, ran = 0, [], []
    with new_database(server, "template0") as target, contextlib.closing(connect(target)) as connection:
        for dump in hostile_dumps(canary):
            count += 1
            with contextlib.suppress(RefusedDump, DumpNotRestored):
                restore_plain(io.BytesIO(dump.content), connection)
                accepted.append(dump.name)
            with connection.cursor() as cursor:
                cursor.execute("RESET ALL; SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace")
                if canary.exists() or cursor.fetchone() != (0,):
                    ran.append(dump.name)
            connection.rollback()
    return f"{count} hostile dumps, {len(accepted)} accepted {accepted}, {len(ran)} left something behind {ran}"


def _speed(
    installation: Installation, server: Target, file: Path, title: str, rows: int, options: tuple[str, ...]
) -> None:
    with new_database(server, "template0") as source:
        execute(source, ROWS.format(rows=rows))
        file.write_bytes(pg_dump(installation, source, *options))
    times: dict[str, list[float]] = {"ours": [], "psql": []}
    for _round in range(ROUNDS):
        for name in times:
            with new_database(server, "template0") as target:
                begun = time.perf_counter()
                _ours(target, file) if name == "ours" else _psql(installation, target, file)
                times[name].append(time.perf_counter() - begun)
    best = {name: min(seconds) for name, seconds in times.items()}  # the machine is never quiet
    size = file.stat().st_size / 1_000_000
    print(
        f"{title}, {size:.0f} MB: ours {best['ours']:.2f} s, psql {best['psql']:.2f} s, {best['ours'] / best['psql']:.2f} x "
        f"(best of {ROUNDS} interleaved rounds)"
    )


def _ours(target: Target, file: Path) -> None:
    with file.open("rb") as stream, contextlib.closing(connect(target)) as connection:
        restore_plain(stream, connection)


def _psql(installation: Installation, target: Target, file: Path) -> None:
    command = [
        str(installation.programs / "psql"),
        "--quiet",
        "--no-psqlrc",
        "--single-transaction",
        "--set=ON_ERROR_STOP=1",
    ]
    subprocess.run(
        [*command, f"--file={file}"], env=client_environment(target, {"LC_ALL": "C"}), check=True, stdout=subprocess.DEVNULL
    )  # fmt: skip
