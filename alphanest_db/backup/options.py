"""What a backup is to be like."""

import os
from dataclasses import dataclass
from typing import assert_never

from alphanest_db.backup.choices import FormatChoice
from alphanest_db.backup.compression import FASTEST_ZSTD, parse_compression
from alphanest_db.backup.manifest import Compression, Compressor, DumpFormat, Method
from alphanest_db.errors import InvalidInput

# pg_dump's own gzip takes two or three times as long from level to level.
_FASTEST_GZIP_OF_PG_DUMP = 1
_MOST_JOBS = 4
_DEFAULTS = {
    FormatChoice.plain: Compression(Method.none),
    FormatChoice.plain_gz: Compression(Method.gzip, None, Compressor.alphanest),
    FormatChoice.custom: Compression(Method.zstd, FASTEST_ZSTD, Compressor.alphanest),
    FormatChoice.directory: Compression(Method.gzip, _FASTEST_GZIP_OF_PG_DUMP, Compressor.pg_dump),
}


@dataclass(frozen=True)
class BackupOptions:
    """`jobs` is for the directory format alone; patience is how long pg_dump may bring nothing before it is ended."""

    format: DumpFormat = DumpFormat.custom
    compression: Compression = _DEFAULTS[FormatChoice.custom]
    jobs: int = 1
    schema_only: bool = False
    exclude_table_data: tuple[str, ...] = ()
    note: str = ""
    fingerprints: bool = True
    include_globals: bool = False
    lock_wait_seconds: float = 30
    lock_timeout_seconds: float = 30
    connect_timeout_seconds: int = 10
    patience_seconds: float = 900


def choose_form(choice: FormatChoice, compress: str | None) -> tuple[DumpFormat, Compression]:
    """The format, and the compression that was asked for, else the format's own. Raises InvalidInput.

    >>> choose_form(FormatChoice.plain, "zstd:3")[1].level
    3
    """
    dump_format = DumpFormat.plain if choice is FormatChoice.plain_gz else DumpFormat(choice.value)
    if compress is None:
        return dump_format, _DEFAULTS[choice]
    method, level = parse_compression(compress)
    if choice is FormatChoice.plain_gz and method is not Method.gzip:
        raise InvalidInput(f"plain.gz is not compressed with {method}", f"Use --format plain --compress {compress}.")
    if method is Method.none:
        return dump_format, Compression(method)
    if method is Method.zstd and level is None:
        level = FASTEST_ZSTD
    return dump_format, Compression(method, level, _who_compresses(dump_format, method))


def choose_jobs(dump_format: DumpFormat, jobs: int) -> int:
    """How many processes dump; 0 for as many as there are cores, four at most. Raises InvalidInput for one file by several."""
    if dump_format is DumpFormat.directory:
        return jobs or min(os.cpu_count() or 1, _MOST_JOBS)
    if jobs > 1:
        raise InvalidInput(
            f"the {dump_format} format is one file, which one process writes",
            "Use --format directory, or leave out --jobs.",
        )
    return 1


def _who_compresses(dump_format: DumpFormat, method: Method) -> Compressor:
    """What pg_restore reads by itself is left to pg_dump, where it need not be slower."""
    match dump_format:
        case DumpFormat.plain:
            return Compressor.alphanest
        case DumpFormat.custom:
            return Compressor.pg_dump if method is Method.gzip else Compressor.alphanest
        case DumpFormat.directory:
            return Compressor.pg_dump
        case _:
            assert_never(dump_format)
