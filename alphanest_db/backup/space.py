"""Is there room for a backup before it is begun?"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from alphanest_db.backup.complete import Backup
from alphanest_db.backup.manifest import Compression, Method
from alphanest_db.errors import NoRoom
from alphanest_db.units import human_bytes

# How large a dump is beside its tables (heap and TOAST); the platform's rows measure 0.95 and 0.4.
_RATIOS = {Method.none: 1.0, Method.gzip: 0.45, Method.zstd: 0.45}
_MARGIN = 1.1
# So much that earlier backups need not be asked: no dump is that large, but for rows that the server had compressed to a tenth.
_PLENTY = 10
_RESERVE_BYTES = 16 << 20


def has_plenty(folder: Path, table_size_bytes: int) -> bool:
    """Whether there is room for a backup of such tables, whatever the earlier ones say."""
    return _free_bytes(folder) > _PLENTY * table_size_bytes + _RESERVE_BYTES


def estimate_bytes(table_size_bytes: int, database: str, compression: Compression, earlier: Sequence[Backup]) -> int:
    """How large the backup may become, by the latest one of the same database and compression, else by experience."""
    for backup in earlier:
        made = backup.manifest
        alike = (made.database, made.compression.method) == (database, compression.method) and not made.schema_only
        if alike and not made.excluded_table_data and made.table_size_bytes:
            return round(table_size_bytes * made.size_bytes / made.table_size_bytes * _MARGIN)
    return round(table_size_bytes * _RATIOS[compression.method])


def require_room(folder: Path, needed_bytes: int) -> None:
    """Raises NoRoom, with both numbers, where the folder's disk has less than that and a little more."""
    free_bytes = _free_bytes(folder)
    wanted_bytes = needed_bytes + _RESERVE_BYTES
    if free_bytes < wanted_bytes:
        raise NoRoom(
            f"{folder} has {human_bytes(free_bytes)} free, and about {human_bytes(wanted_bytes)} are needed",
            wanted_bytes, free_bytes, "Free some space, or name another folder with `backup --to`; nothing was begun.",
        )  # fmt: skip


def _free_bytes(folder: Path) -> int:
    place = next(path for path in (folder, *folder.parents) if path.is_dir())
    return shutil.disk_usage(place).free
