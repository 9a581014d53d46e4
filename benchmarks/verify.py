"""100 backups under writes, each verified by a restore, and each again with one row of its dump changed and all seals right."""

import hashlib
import os
import random
import re
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from alphanest_db.backup.complete import Backup, open_backup
from alphanest_db.backup.evidence import Outcome
from alphanest_db.backup.manifest import NAME, BackupFile, DumpFormat, Method, write_manifest
from alphanest_db.backup.store import Store
from alphanest_db.backup.verify import Verification, verify_by_restore
from alphanest_db.database.target import Target
from tests.restore_scenes import fill, take_backup, writers
from tests.servers import execute, installations, running_server

ROUNDS = 100
SEED = 4
_ROW = re.compile(rb"(?<=\t)new(?=\t)|(?<=\t)n\\t")


def main() -> None:
    """Print how many were equal, and how many changed rows were found."""
    with tempfile.TemporaryDirectory(prefix="anest-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with running_server(installations()[0], folder / "server") as server:
            execute(server, "CREATE DATABASE live")
            live = server.with_database("live")
            fill(live)
            execute(live, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata")  # else pg_restore loads the rows
            with writers(live):
                rounds = [
                    _round(live, Store(folder / "backups"), random.Random(SEED + number)) for number in range(ROUNDS)
                ]
    equal, found = (sum(column) for column in zip(*rounds, strict=True))
    print(f"\n{ROUNDS} backups under writes, verified by a restore: {equal} equal to their snapshot")
    print(f"one row changed in each dump, all seals right: {found} found")


def _round(live: Target, store: Store, chance: random.Random) -> tuple[bool, bool]:
    backup = take_backup(live, store, chance.choice((DumpFormat.plain, DumpFormat.custom)), Method.none)
    equal = _verify(backup, live).outcome is Outcome.passed
    found = _verify(with_one_row_changed(backup, chance), live)
    store.remove(backup)
    return equal, found.outcome is Outcome.failed and "fingerprint" in found.details[0]


def with_one_row_changed(backup: Backup, chance: random.Random) -> Backup:
    """The backup with one value of one row of its dump changed (one that is not compressed), its SHA-256 and its seal made anew."""
    text = backup.dump.read_bytes()
    place = chance.choice([match.start() for match in _ROW.finditer(text)])
    changed = text[:place] + b"X" + text[place + 1 :]
    backup.dump.write_bytes(changed)
    file = BackupFile(backup.dump.name, len(changed), hashlib.sha256(changed).hexdigest())
    files = tuple(file if item.path == file.path else item for item in backup.manifest.files)
    (backup.folder / NAME).write_bytes(write_manifest(replace(backup.manifest, files=files)))
    return open_backup(backup.folder)


def _verify(backup: Backup, live: Target) -> Verification:
    home = backup.folder.parent.parent
    return verify_by_restore(backup, live, home, os.environ, now=datetime.now(UTC), by="benchmark")
