"""How fast restores are beside pg_restore by hand, on the rows of `benchmarks.backup`.

Goals: at most 1.10 times `pg_restore -j` of the same dump, uncompressed, into a new database, ANALYZE included; with a comparison
of all that was dumped, the foreign keys row by row, at most 1.5 times that. The rival has three files: ours, unpacked, which does
not say where the rows of a table are; one that pg_dump wrote by itself, which does; and one as pg_dump -Fc writes it when it is
asked for nothing else, in gzip. Ratios are to the second, the fastest.
"""

import os
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from alphanest_db.backup.choices import FormatChoice
from alphanest_db.backup.complete import Backup
from alphanest_db.backup.create import create_backup
from alphanest_db.backup.manifest import DumpFormat
from alphanest_db.backup.options import BackupOptions, choose_form
from alphanest_db.backup.restore.dumps import Dump, dump_of, seekable
from alphanest_db.backup.restore.load import load
from alphanest_db.backup.restore.model import RestoreOptions, RestoreReport
from alphanest_db.backup.store import Store
from alphanest_db.database.target import Target
from alphanest_db.programs.environment import client_environment
from alphanest_db.programs.find import find_client
from alphanest_db.settings import Environment
from benchmarks.backup import fill
from benchmarks.measuring import BIN, Cost, cost_of, environment, median_cost
from tests.conftest import new_database
from tests.servers import execute, installations, running_server

JOBS = 2
ROUNDS = 3


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="anest-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with (
            running_server(installations()[0], folder / "server") as server,
            new_database(server, "template0") as target,
        ):
            fill(target)
            for choice, compress in (
                (FormatChoice.custom, "zstd"),
                (FormatChoice.custom, "none"),
                (FormatChoice.directory, None),
            ):
                _measure(target, _backup(target, Store(folder / "backups"), choice, compress), folder)


def _measure(target: Target, backup: Backup, folder: Path) -> None:
    dump = dump_of(backup)
    copy = target.with_database("copy")
    environ = environment(ALPHANEST_HOME=str(folder), DATABASE_URL=target.url(show_password=True))
    by_pg_dump, in_gzip = _by_pg_dump(target, folder, "none"), _by_pg_dump(target, folder, "gzip")
    with seekable(dump, folder) as archive:
        contenders: dict[str, Callable[[], object]] = {
            "restore, compared": lambda: subprocess.run(
                [BIN / "alphanest", "restore", backup.id, "--into", copy.database, f"--jobs={JOBS}"],
                env=environ, check=True, capture_output=True,
            ),
            "restore, without comparing": lambda: _load(dump, copy, folder),
            f"pg_restore -j{JOBS}, unpacked": lambda: _by_hand(archive, copy),
            f"pg_restore -j{JOBS}, pg_dump -Fc": lambda: _by_hand(in_gzip, copy),
            f"pg_restore -j{JOBS}, pg_dump -Fc -Z0": lambda: _by_hand(by_pg_dump, copy),
        }  # fmt: skip
        taken: dict[str, list[Cost]] = {name: [] for name in contenders}
        for _round in range(ROUNDS):
            for name, contender in contenders.items():
                execute(target, "CHECKPOINT")
                with cost_of(target) as cost:
                    contender()
                taken[name].append(cost)
                execute(target, f"DROP DATABASE {copy.database}")
    medians = {name: median_cost(costs) for name, costs in taken.items()}
    rival = list(medians.values())[-1]
    form = f"{dump.format}, {backup.manifest.compression.method}: {backup.manifest.rows:,} rows"
    print(f"\n{form} (median of {ROUNDS} interleaved rounds)")
    for name, median in medians.items():
        print(
            f"  {name:<34} {median.seconds:8.2f} s   {median.seconds / rival.seconds:5.2f} x"
            f"   (cores: server {median.server_seconds:6.2f} s, clients {median.client_seconds:6.2f} s)"
        )


def _load(dump: Dump, copy: Target, folder: Path) -> None:
    execute(copy.with_database("postgres"), f"CREATE DATABASE {copy.database} TEMPLATE template0")
    load(dump, copy, folder, os.environ, RestoreOptions(jobs=JOBS), RestoreReport())


def _by_pg_dump(target: Target, folder: Path, compression: str) -> Path:
    path = folder / f"by-pg_dump-{compression}"
    if not path.exists():
        program = find_client("pg_dump", installations()[0].version).path
        subprocess.run(
            [program, "-Fc", f"--compress={compression}", "-f", path],
            env=client_environment(target, os.environ),
            check=True,
        )
    return path


def _by_hand(archive: Path, copy: Target) -> None:
    execute(copy.with_database("postgres"), f"CREATE DATABASE {copy.database} TEMPLATE template0")
    program = find_client("pg_restore", installations()[0].version).path
    subprocess.run(
        [program, f"-j{JOBS}", "-d", copy.database, archive], env=client_environment(copy, os.environ), check=True,
        capture_output=True,
    )  # fmt: skip


def _backup(target: Target, store: Store, choice: FormatChoice, compress: str | None) -> Backup:
    dump_format, compression = choose_form(choice, compress)
    options = BackupOptions(dump_format, compression, JOBS if dump_format is DumpFormat.directory else 1)
    now = datetime.now(UTC)
    return create_backup(target, store, options, os.environ, environment=Environment.development, now=now)
