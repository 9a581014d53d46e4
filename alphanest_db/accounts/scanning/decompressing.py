"""Compressed streams, read to the last byte that a damaged one still gives, and a piece at a time whatever it expands to."""

import bz2
import lzma
from collections.abc import Callable
from typing import Protocol

import zstandard
from isal import igzip_lib

from alphanest_db.accounts.scanning.text import CHUNK_BYTES, Stream

_PIECE_BYTES = 1 << 16
# zstandard gives all that a piece holds at once, 32 KiB for each of its bytes at the worst.
_ZSTD_PIECE_BYTES = 1 << 9


class Decompressor(Protocol):
    """One frame, as the standard library's bz2 and lzma take it apart."""

    @property
    def eof(self) -> bool:
        """Whether the frame is at its end."""
        ...

    @property
    def needs_input(self) -> bool:
        """False where more comes without."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What was given beyond the end."""
        ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """What comes out, at most so much."""
        ...


class _ZstdFrame:
    """zstandard's decompressor in that form."""

    needs_input = True

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor().decompressobj()

    @property
    def eof(self) -> bool:
        return self._frame.eof

    @property
    def unused_data(self) -> bytes:
        return self._frame.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._frame.decompress(data)


class Decompressed:
    """What comes out of a stream of one or more compressed frames."""

    def __init__(self, stream: Stream, begin: Callable[[], Decompressor], piece_bytes: int = _PIECE_BYTES) -> None:
        self._stream = stream
        self._begin = begin
        self._piece_bytes = piece_bytes
        self._frame: Decompressor | None = None
        self._rest = b""

    def read(self, _size: int, /) -> bytes:
        """Some bytes, at least one but at the end. Raises EOFError where a frame does not end, and the library's errors."""
        while True:
            piece = self._piece()
            if self._frame is None and not piece:
                return b""
            self._frame = self._frame or self._begin()
            data = self._frame.decompress(piece, CHUNK_BYTES)
            if self._frame.eof:
                self._rest, self._frame = self._frame.unused_data, None
            if data:
                return data

    def _piece(self) -> bytes:
        if self._frame is None:
            rest = self._rest.lstrip(b"\0")  # gzip files may be filled up with these
            self._rest = b""
            return rest or self._stream.read(self._piece_bytes)
        if not self._frame.needs_input:
            return b""
        piece = self._stream.read(self._piece_bytes)
        if not piece:
            raise EOFError("it ends too early")
        return piece


def from_gzip(stream: Stream) -> Decompressed:
    """What is in a gzip file."""
    return Decompressed(stream, lambda: igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP))


def from_zstd(stream: Stream) -> Decompressed:
    """What is in a Zstandard file."""
    return Decompressed(stream, _ZstdFrame, _ZSTD_PIECE_BYTES)


def from_bzip2(stream: Stream) -> Decompressed:
    """What is in a bzip2 file."""
    return Decompressed(stream, bz2.BZ2Decompressor)


def from_xz(stream: Stream) -> Decompressed:
    """What is in an xz file."""
    return Decompressed(stream, lzma.LZMADecompressor)
