"""Archives written by hand, as pg_dump would never write them."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

CUSTOM, DIRECTORY = 1, 3
ROWS = b"1\n\\.\n\n\n"


@dataclass(frozen=True)
class Item:
    """One object of a table of contents; the defaults are those of honest rows."""

    dump_id: int = 1
    type: str = "TABLE DATA"
    tag: str = "t"
    definition: str = ""
    drop: str = ""
    copy: str = "COPY public.t (a) FROM stdin;\n"
    file: str = "1.dat"
    has_data: bool = True
    depends_on: tuple[str, ...] = ()
    rows: bytes = ROWS


TABLE = Item(
    9, "TABLE", "t", "CREATE TABLE public.t (\n    a text\n);\n", "DROP TABLE public.t;\n", "", "", has_data=False
)  # fmt: skip


def custom(*items: Item, compressed: bool = True) -> bytes:
    """A custom dump, version 1.16."""
    blocks = b"".join(_block(item, compressed) for item in items if item.has_data)
    return contents(*items, form=CUSTOM, compressed=compressed) + blocks


def directory(folder: Path, *items: Item) -> Path:
    """A directory dump without compression."""
    folder.mkdir()
    (folder / "toc.dat").write_bytes(contents(*items, form=DIRECTORY, compressed=False))
    for item in items:
        if item.has_data and "/" not in item.file:
            (folder / item.file).write_bytes(item.rows)
    return folder


def contents(*items: Item, form: int, compressed: bool) -> bytes:
    """The head and the table of contents."""
    head = b"PGDMP" + bytes([1, 16, 0, 4, 8, form, int(compressed)])
    return (
        head
        + b"".join(number(0) for _ in range(7))
        + b"".join(map(text, ("nest", "18.4", "18.4")))
        + _list(items, form)
    )


def _list(items: Sequence[Item], form: int) -> bytes:
    return number(len(items)) + b"".join(_item(item, form) for item in items)


def _item(item: Item, form: int) -> bytes:
    fields = [
        number(item.dump_id), number(item.has_data), text("0"), text("0"), text(item.tag), text(item.type), number(3),
        text(item.definition), text(item.drop), text(item.copy), text("public"), text(""), text(""), number(0), text("anna"),
        text("false"), *map(text, item.depends_on), number(-1),
    ]  # fmt: skip
    return b"".join(fields) + (bytes([1]) + bytes(8) if form == CUSTOM else text(item.file))


def _block(item: Item, compressed: bool) -> bytes:
    packed = zlib.compress(item.rows) if compressed else item.rows
    return bytes([1]) + number(item.dump_id) + number(len(packed)) + packed + number(0)


def number(value: int) -> bytes:
    """A number as pg_dump writes it."""
    return bytes([value < 0]) + abs(value).to_bytes(4, "little")


def text(value: str) -> bytes:
    """A text with its length."""
    return number(len(value.encode())) + value.encode()


@dataclass(frozen=True)
class HostileArchive:
    """What is wrong, and the objects to be written."""

    name: str
    items: tuple[Item, ...] = field(default_factory=tuple)


OUTSIDE_NAMES = (
    "../1.dat",
    "/etc/passwd", "..", ".", "", "./1.dat", "a/1.dat", "1.dat/../../x", "1.dat\n", "..\\1.dat", "1.dat\0", "~/x", "x.dat",
    "1.txt", "-1.dat", "１.dat", "1.dat.gz", "toc.dat", "blobs.toc", "//1.dat", "C:\\1.dat", "1.dat ",
)  # fmt: skip
_STATEMENTS = (
    "COPY public.t TO PROGRAM 'touch {canary}';", "ALTER SYSTEM SET archive_command = 'x';", "DO $$BEGIN END$$;", "COMMIT;",
    "SELECT pg_catalog.pg_read_file('/etc/passwd');", "CREATE ROLE evil SUPERUSER;", "\\! touch {canary}", "SET ROLE postgres;",
    "CREATE TABLE public.x (a text); COPY public.x FROM '/etc/passwd';", "CREATE TABLE x (a text DEFAULT '",
    "INSERT INTO public.t VALUES (1);", "BEGIN;", "COPY public.t (a) FROM stdin;",
)  # fmt: skip


def hostile_archives(canary: Path) -> Iterator[HostileArchive]:
    """Objects that lead outside, or ask for what no dump needs; for custom and directory dumps alike but for the names."""
    for number_, statement in enumerate(_STATEMENTS):
        asked = statement.replace("{canary}", str(canary))
        yield HostileArchive(f"defined as {statement}", (replace(TABLE, definition=asked),))
        yield HostileArchive(f"dropped by {statement}", (replace(TABLE, drop=asked),))
        if number_ < 10:
            yield HostileArchive(f"copied by {statement}", (TABLE, Item(copy=asked)))
            yield HostileArchive(f"rows that are {statement}", (TABLE, Item(copy="", rows=asked.encode())))
    for kind in ("", "table", "ROLE", "TABLESPACE", "SUBSCRIPTION TABLE", "x\n\\! y"):
        yield HostileArchive(f"a {kind!r}", (replace(TABLE, type=kind),))
    yield HostileArchive("two of the same number", (TABLE, replace(TABLE, tag="u")))
    yield HostileArchive("a dependency that is no number", (replace(TABLE, depends_on=("1; DROP",)),))
    yield HostileArchive("number zero", (replace(TABLE, dump_id=0),))
