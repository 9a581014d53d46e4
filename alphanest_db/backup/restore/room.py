"""How much room a restored database takes on the server's disk."""

from alphanest_db.backup.manifest import DumpFormat
from alphanest_db.backup.restore.dumps import Dump
from alphanest_db.errors import NoRoom
from alphanest_db.units import human_bytes

# Measured: gzip and zstd make a dump's text a quarter, and indexes and page headers make its database twice the text.
_PER_COMPRESSED_BYTE, _PER_BYTE = 8, 2


def needed_bytes(dump: Dump) -> int | None:
    """About how large the database will be: as the dumped one was, where that is known."""
    if dump.manifest and not dump.manifest.schema_only:
        return dump.manifest.database_size_bytes
    if dump.size_bytes is None:
        return None
    return dump.size_bytes * (_PER_BYTE if dump.format is DumpFormat.plain else _PER_COMPRESSED_BYTE)


def refuse_without_room(dump: Dump, free: int | None) -> None:
    """Raises NoRoom where not even the dump itself would fit."""
    needed = needed_bytes(dump)
    if free is not None and needed is not None and dump.size_bytes is not None and free < dump.size_bytes:
        raise NoRoom(
            f"there is no room for {dump.name} on the server's disk: {human_bytes(free)} are free, "
            f"and about {human_bytes(needed)} are needed", needed, free,
            "Free some space first, such as by `alphanest restore --clean-up`.",
        )  # fmt: skip
