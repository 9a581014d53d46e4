"""What a file is, told by its first bytes and never by its name."""

import re
from enum import StrEnum

from alphanest_db.backup.plain.frame import CLUSTER_LINE, FIRST_LINE
from alphanest_db.errors import NotRestorable, RefusedDump
from alphanest_db.programs.archive import MAGIC

HEAD_BYTES = 1 << 16


class DumpKind(StrEnum):
    """The form of a dump."""

    plain = "plain"
    custom = "custom"
    directory = "directory"


class Compression(StrEnum):
    """What was put around a whole file."""

    none = "none"
    gzip = "gzip"
    zstd = "zstd"


_COMPRESSED = {b"\x1f\x8b": Compression.gzip, b"\x28\xb5\x2f\xfd": Compression.zstd}
_DUMP_AGAIN = "Dump with pg_dump: plain, --format=custom or --format=directory."
_UNPACK = "Unpack it first; gzip and zstd are unpacked here."
# What else may lie there under a dump's name, and what to do then.
_OTHERS = (
    (b"PK\x03\x04", "a zip file", _UNPACK), (b"\xfd7zXZ\x00", "an xz file", _UNPACK), (b"BZh", "a bzip2 file", _UNPACK),
    (b"\x04\x22\x4d\x18", "an lz4 file", _UNPACK), (b"7z\xbc\xaf\x27\x1c", "a 7z file", _UNPACK), (b"Rar!", "a rar file", _UNPACK),
    (b"age-encryption.org/", "encrypted with age", "Decrypt it first."),
    (b"-----BEGIN PGP MESSAGE", "encrypted with OpenPGP", "Decrypt it first."),
    (b"SQLite format 3\x00", "a database of SQLite", _DUMP_AGAIN),
    (b"-- MySQL dump", "a dump of MySQL", _DUMP_AGAIN), (b"-- MariaDB dump", "a dump of MariaDB", _DUMP_AGAIN),
    (b"/*M!999999", "a dump of MariaDB", _DUMP_AGAIN),
    (b"\xff\xfe", "text in UTF-16, as PowerShell's > writes it", "Dump with pg_dump --file, which leaves the bytes alone."),
    (b"\xfe\xff", "text in UTF-16", "Dump with pg_dump --file, which leaves the bytes alone."),
    (b"<", "a page of HTML or XML", "Was it downloaded, and the answer an error?"), (b"{", "JSON", _DUMP_AGAIN),
)  # fmt: skip
_TAR_MARK, _TAR_PLACE = b"ustar", 257
_LINE_END = re.compile(rb"\r?\n")


def compression_of(head: bytes) -> Compression:
    """What is around the whole file that begins like this."""
    return next((kind for magic, kind in _COMPRESSED.items() if head.startswith(magic)), Compression.none)


def kind_of_file(head: bytes, compression: Compression) -> DumpKind:
    """The kind of the file that begins like this (HEAD_BYTES of it) when it is unpacked.

    Raises RefusedDump and NotRestorable, saying what it seems to be.
    """
    if head.startswith(MAGIC):
        return DumpKind.custom
    if head[_TAR_PLACE:].startswith(_TAR_MARK):
        raise NotRestorable(
            "this is a tar file: pg_restore hangs on one that is cut off, so none is taken",
            "Unpack it yourself, if it holds a dump, or dump with --format=custom.",
        )
    if is_plain(head):
        return DumpKind.plain
    if not head and compression is not Compression.none:
        raise RefusedDump(
            "the file is cut off or empty: nothing can be unpacked", None, "Get the whole file, or dump again."
        )
    if not head:
        raise RefusedDump("the file is empty", None, "Did pg_dump fail? A pipe into gzip hides that.")
    seems, hint = next(((what, hint) for magic, what, hint in _OTHERS if head.startswith(magic)), ("", _DUMP_AGAIN))
    raise NotRestorable(f"this is no dump of pg_dump{', but ' + seems if seems else ''}", hint)


def is_plain(head: bytes) -> bool:
    """Whether pg_dump's first line is among the first ones. Raises NotRestorable for a whole cluster's."""
    lines = _LINE_END.split(head.removeprefix(b"\xef\xbb\xbf"))
    comments = [line for line in lines[:20] if line.startswith(b"--")]
    if CLUSTER_LINE in comments:
        raise NotRestorable(
            "this is a dump of a whole cluster (pg_dumpall), with roles and several databases",
            "Dump the one database with pg_dump.",
        )
    return FIRST_LINE in comments
