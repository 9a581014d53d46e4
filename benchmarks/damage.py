"""Every byte of a small backup of each format flipped once, and random flips and cuts of a larger one: how many are refused."""

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from alphanest_db.backup.checksums import verify_checksums
from alphanest_db.backup.choices import FormatChoice
from alphanest_db.backup.complete import Backup, open_backup
from alphanest_db.backup.create import create_backup
from alphanest_db.backup.options import BackupOptions, choose_form
from alphanest_db.backup.store import Store
from alphanest_db.database.target import Target
from alphanest_db.errors import BackupDamaged
from alphanest_db.settings import Environment
from tests.restore_scenes import fill
from tests.servers import execute, installations, running_server

FLIPS, CUTS = 10_000, 1_000
SEED = 4


def main() -> None:
    """Print how many damaged backups were refused before any program read a byte of the dump."""
    with tempfile.TemporaryDirectory(prefix="anest-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with running_server(installations()[0], folder / "server") as server:
            execute(server, "CREATE DATABASE small", "CREATE DATABASE large")
            small, large = server.with_database("small"), server.with_database("large")
            execute(small, "CREATE TABLE users (id int PRIMARY KEY, name text)", "INSERT INTO users VALUES (1, 'anna')")
            fill(large)
            rows = "INSERT INTO events SELECT date '2026-01-01' + n % 300, md5(n::text), 1 FROM generate_series(1, 100000) AS n"
            execute(large, rows)
            for choice in FormatChoice:
                _every_byte(_backup(small, folder / "small", choice))
            _at_random(_backup(large, folder / "large", FormatChoice.custom))


def every_position(backup: Backup) -> Iterator[tuple[Path, int]]:
    """Each byte of each file, the manifest's too."""
    for path in sorted(path for path in backup.folder.rglob("*") if path.is_file()):
        for place in range(path.stat().st_size):
            yield path, place


def is_refused(folder: Path) -> bool:
    """Whether restore, which does the same first, refuses what lies there."""
    try:
        verify_checksums(open_backup(folder))
    except BackupDamaged:
        return True
    return False


@contextmanager
def flipped(path: Path, place: int, bit: int) -> Iterator[None]:
    """The file with one bit changed."""
    with path.open("r+b") as file:
        before = os.pread(file.fileno(), 1, place)
        os.pwrite(file.fileno(), bytes([before[0] ^ 1 << bit]), place)
        try:
            yield
        finally:
            os.pwrite(file.fileno(), before, place)


@contextmanager
def cut(path: Path, size_bytes: int) -> Iterator[None]:
    """The file without its end."""
    content = path.read_bytes()
    path.write_bytes(content[:size_bytes])
    try:
        yield
    finally:
        path.write_bytes(content)


def _every_byte(backup: Backup) -> None:
    chance = random.Random(SEED)
    positions = list(every_position(backup))
    refused = sum(_refused(backup, flipped(path, place, chance.randrange(8))) for path, place in positions)
    form = f"{backup.manifest.format}, {backup.manifest.compression.method}"
    print(f"{form:<20} each of {len(positions):,} bytes flipped once: {refused:,} refused")


def _at_random(backup: Backup) -> None:
    chance = random.Random(SEED)
    files = [path for path in backup.folder.rglob("*") if path.is_file()]
    sizes = [path.stat().st_size for path in files]
    flips = cuts = 0
    for _number in range(FLIPS):
        [path] = chance.choices(files, sizes)
        place = chance.randrange(path.stat().st_size)
        flips += _refused(backup, flipped(path, place, chance.randrange(8)))
    for _number in range(CUTS):
        [path] = chance.choices(files, sizes)
        size = chance.randrange(path.stat().st_size)
        cuts += _refused(backup, cut(path, size))
    print(
        f"a backup of {sum(sizes):,} bytes: {flips:,} of {FLIPS:,} flips and {cuts:,} of {CUTS:,} cuts refused (seed {SEED})"
    )


def _refused(backup: Backup, damage: AbstractContextManager[None]) -> bool:
    with damage:
        return is_refused(backup.folder)


def _backup(target: Target, folder: Path, choice: FormatChoice) -> Backup:
    dump_format, compression = choose_form(choice, None)
    options = replace(BackupOptions(), format=dump_format, compression=compression)
    now = datetime.now(UTC)
    return create_backup(target, Store(folder), options, os.environ, environment=Environment.development, now=now)
