"""A mark on a backup that a migration depends on: until it is over, the backup is the way back, and nobody removes it.

The mark is a file in the backup's folder. A migration that fails or is killed leaves it there.
"""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from alphanest_db.backup.complete import Backup
from alphanest_db.backup.durable import sync_folder, write_file

NAME = "in-use-by-migration.json"


@dataclass(frozen=True)
class Use:
    """Which migration depends on a backup, and since when."""

    database: str
    by: str
    since: datetime


@contextlib.contextmanager
def in_use(backup: Backup, use: Use) -> Iterator[None]:
    """The backup is marked meanwhile, and stays so where what is done raises, or this process is killed."""
    mark(backup, use)
    yield
    release(backup)


def mark(backup: Backup, use: Use) -> None:
    """Say that a migration depends on the backup; it is on the disk when this returns."""
    write_file(backup.folder / NAME, json.dumps({**asdict(use), "since": use.since.isoformat()}, indent=2).encode())


def release(backup: Backup) -> None:
    """The migration is over; a backup that was not marked is none the worse."""
    (backup.folder / NAME).unlink(missing_ok=True)
    sync_folder(backup.folder)


def find_use(folder: Path) -> str | None:
    """Who depends on the backup in that folder, in words; a mark that cannot be read counts as one."""
    try:
        said = json.loads((folder / NAME).read_bytes())
        return f"an unfinished migration of {said['database']} by {said['by']} depends on it, since {said['since']}"
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return "an unfinished migration depends on it"
