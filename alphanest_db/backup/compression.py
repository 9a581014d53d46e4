"""Making bytes fewer: gzip that every gunzip reads, and zstd."""

import os
import zlib
from typing import Protocol

import zstandard
from isal import isal_zlib

from alphanest_db.backup.manifest import Compression, Method
from alphanest_db.errors import InvalidInput

ENDINGS = {Method.none: "", Method.gzip: ".gz", Method.zstd: ".zst"}
LEVELS = {Method.gzip: range(1, 10), Method.zstd: range(1, 23)}
# The fastest that is no larger than what gzip makes (level 6): measured in docs/backup.md.
FASTEST_ZSTD = 1
_SMALL_WINDOW = 17
_FASTEST_ISAL = 1
_SEVERAL_THREADS_FROM = 4
_GZIP_WINDOW = 31  # 15 bits, and a gzip header: zlib's manual on deflateInit2


class Compressor(Protocol):
    """Takes bytes and gives fewer, now and then."""

    def compress(self, data: bytes, /) -> bytes:
        """What is ready after these."""
        ...

    def flush(self) -> bytes:
        """The rest."""
        ...


class _Unchanged:
    """Gives what it takes."""

    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def parse_compression(text: str) -> tuple[Method, int | None]:
    """The method and level of `METHOD` or `METHOD:LEVEL`. Raises InvalidInput.

    >>> parse_compression("zstd:3")
    (<Method.zstd: 'zstd'>, 3)
    """
    word, colon, level = text.strip().lower().partition(":")
    if word not in set(Method):
        raise InvalidInput(
            f"--compress cannot be {text!r}", "It is gzip, zstd or none, and may have a level, as in zstd:3."
        )
    method = Method(word)
    if not colon:
        return method, None
    levels = LEVELS.get(method, range(0))
    if not (level.isascii() and level.isdigit() and int(level) in levels):
        raise InvalidInput(
            f"{word} has no level {level!r}",
            f"Choose one from {levels[0]} to {levels[-1]}." if levels else "Leave it out.",
        )
    return method, int(level)


def compressor(compression: Compression) -> Compressor:
    """What compresses one file; it lets go of Python's lock, so it works beside others."""
    match compression.method:
        case Method.none:
            return _Unchanged()
        case Method.gzip:
            if compression.level is None:
                return isal_zlib.compressobj(_FASTEST_ISAL, isal_zlib.DEFLATED, _GZIP_WINDOW)
            return zlib.compressobj(compression.level, zlib.DEFLATED, _GZIP_WINDOW)
        case Method.zstd:
            return zstandard.ZstdCompressor(compression_params=_zstd_parameters(compression.level)).compressobj()


def _zstd_parameters(level: int | None) -> zstandard.ZstdCompressionParameters:
    """At the fastest level, a window that fits into a core's cache takes an eighth less time, and half a percent more room."""
    level = level or FASTEST_ZSTD
    options = {"window_log": _SMALL_WINDOW} if level == FASTEST_ZSTD else {}
    threads = (os.cpu_count() or 1) if level >= _SEVERAL_THREADS_FROM else 0
    return zstandard.ZstdCompressionParameters.from_level(level, threads=threads, write_checksum=True, **options)
