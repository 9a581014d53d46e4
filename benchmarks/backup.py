"""How fast backups are, and how large, beside pg_dump by hand; on some four million rows of the platform's tables.

Goals, without fingerprints: five times as fast as `pg_dump | gzip`, at most 1.4 times `pg_dump > /dev/null`, and no larger than
gzip's file by 5 %; with them at most 1.3 times that. Every other format: at most 1.05 times the program with the same settings.
"""

import os
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.programs.environment import client_environment
from alphanest_db.programs.find import find_client
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from benchmarks.measuring import BIN, Contender, compare, environment
from tests.conftest import new_database
from tests.servers import execute, installations, running_server

USERS = 210_000  # twenty rows each
ROUNDS = 3
ROWS = (Path(__file__).parent / "platform_rows.sql").read_text()
NAMES = ("no fingerprints", "with fingerprints", "pg_dump > /dev/null", "pg_dump | gzip")


@dataclass(frozen=True)
class Pair:
    """One form of a backup, and pg_dump with the same settings."""

    name: str
    ours: str
    by_hand: str


PAIRS = (
    Pair("plain", "--format plain", "{pg_dump} -f {out}/by-hand"),
    Pair("plain.gz", "--format plain.gz", "{pg_dump} | gzip -1 > {out}/by-hand"),
    Pair("custom, none", "--compress none", "{pg_dump} -Fc -Z none -f {out}/by-hand"),
    Pair("custom, gzip:1", "--compress gzip:1", "{pg_dump} -Fc -Z gzip:1 -f {out}/by-hand"),
    Pair("directory, gzip:1", "--format directory --jobs 2", "{pg_dump} -Fd -j2 -Z gzip:1 -f {out}/by-hand"),
)


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as folder:
        Path(folder).chmod(0o755)
        with (
            running_server(installations()[0], Path(folder) / "server") as server,
            new_database(server, "template0") as target,
        ):
            fill(target)
            measure(target, Path(folder) / "out", ROUNDS)


def fill(target: Target) -> None:
    """Migrate the database, and put the rows in."""
    upgrade(target, migrations_folder())
    with session(target) as connection, connection.cursor() as cursor:
        cursor.execute(ROWS, {"users": USERS})
    execute(target, "VACUUM ANALYZE")


def measure(target: Target, out: Path, rounds: int) -> None:
    """The default beside pg_dump, then each other form beside its own."""
    out.mkdir(exist_ok=True)
    environ = client_environment(
        target, environment(DATABASE_URL=target.url(show_password=True), ALPHANEST_HOME=str(out))
    )
    pg_dump = shlex.quote(str(find_client("pg_dump", installations()[0].version).path))
    ours = Contender(NAMES[0], _ours(out, "--no-fingerprint"))
    with_them = Contender(NAMES[1], _ours(out, ""))
    nowhere = Contender(NAMES[2], ["sh", "-c", f"{pg_dump} > /dev/null"])
    gzip = Contender(NAMES[3], ["sh", "-c", f"{pg_dump} | gzip > {out}/gzip"])
    medians = compare("the default", [ours, with_them, nowhere, gzip], environ, rounds=rounds)
    without, fingerprinted, null, rival = (medians[name] for name in NAMES)
    print(f"  {rival / without:.1f} x as fast as pg_dump | gzip (at least 5)")
    print(f"  {without / null:.2f} x pg_dump > /dev/null (at most 1.4)")
    print(f"  with fingerprints {fingerprinted / without:.2f} x (at most 1.3)")
    print(f"  size {_size(out / 'backups') / _size(out / 'gzip'):.2f} x gzip's (at most 1.05)")
    for pair in PAIRS:
        by_hand = f"rm -rf {out}/by-hand; " + pair.by_hand.format(pg_dump=pg_dump, out=out)
        contenders = [
            Contender("ours", _ours(out, f"--no-fingerprint {pair.ours}")),
            Contender("by hand", ["sh", "-c", by_hand]),
        ]
        compare(f"{pair.name} (at most 1.05)", contenders, environ, rounds=rounds)
        size = _size(out / "backups")
        print(f"  size {size / _size(out / 'by-hand'):.2f} x, {size / _size(out / 'gzip'):.2f} x that of gzip")


def _ours(out: Path, options: str) -> list[str]:
    return ["sh", "-c", f"rm -rf {out}/backups; {shlex.quote(str(BIN / 'alphanest'))} backup {options}"]


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(_files(path))


def _files(folder: Path) -> Iterator[int]:
    for parent, _folders, names in os.walk(folder):
        yield from (Path(parent, name).stat().st_size for name in names)
