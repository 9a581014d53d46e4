"""What a set says of itself before its rows: its name, where it may go, what it needs, and what names a row."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alphanest_db.errors import InvalidInput
from alphanest_db.seeding.sets.model import DEFAULT_ENVIRONMENTS
from alphanest_db.settings import Environment

WORDS = ("name", "environments", "depends", "tables")
RESERVED = ("demo", "synthetic")
_LINE = re.compile(r"^(?P<word>[A-Za-z_]+)\s*:\s*(?P<said>.*)$")
_TABLE = re.compile(r"\s*(?P<table>[^(),]+?)\s*(?:\((?P<key>[^()]+)\))?\s*(?:,|$)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Header:
    """`tables` are those that are named, each with the columns of its key, or None for its primary key."""

    name: str
    environments: tuple[Environment, ...]
    depends: tuple[str, ...]
    tables: Mapping[str, tuple[str, ...] | None]


def split_header(text: str, mark: str) -> tuple[list[str], str]:
    """The lines of comments at the beginning, without their mark, and the rest.

    >>> split_header("# name: a\\n# b\\n\\nid,x\\n", "#")
    (['name: a', 'b'], 'id,x\\n')
    """
    lines = text.splitlines(keepends=True)
    count = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith(mark)), len(lines))
    return [line[len(mark) :].strip() for line in lines[:count] if line.strip()], "".join(lines[count:])


def header_of_lines(lines: Iterable[str], path: Path) -> Header:
    """The header that comments make: `word: what it is`; other comments are left alone. Raises InvalidInput."""
    said: dict[str, str] = {}
    for line in lines:
        if found := _LINE.match(line):
            word = found["word"].lower()
            if word in said:
                raise InvalidInput(f"{path.name}: the header says {word} twice", "Say it once.")
            if word not in WORDS and (near := difflib.get_close_matches(word, WORDS, cutoff=0.75)):
                raise InvalidInput(f"{path.name}: the header says {word!r}", f"Did you mean {near[0]}?")
            if word in WORDS:
                said[word] = found["said"]
    tables = {found["table"]: _words(found["key"]) or None for found in _TABLE.finditer(said.get("tables", ""))}
    return make_header(path, said.get("name"), _words(said.get("environments")), _words(said.get("depends")), tables)


def header_of_json(said: object, path: Path) -> Header:
    """The header that is the member `seed` of a JSON file. Raises InvalidInput."""
    if said is None:
        said = {}
    if not isinstance(said, dict):
        raise InvalidInput(f"{path.name}: seed is not an object", "docs/seeds.md shows the form.")
    for word in said:
        if word not in (*WORDS[:3], "keys"):
            near = difflib.get_close_matches(word, (*WORDS[:3], "keys"))
            raise InvalidInput(
                f"{path.name}: seed has an unknown member {word!r}", f"Did you mean {near[0]}?" if near else None
            )
    keys = said.get("keys", {})
    if not isinstance(keys, dict):
        raise InvalidInput(f"{path.name}: keys is not an object", "docs/seeds.md shows the form.")
    tables = {str(table): _texts(key, f"the key of {table}", path) for table, key in keys.items()}
    environments, depends = (_texts(said.get(word, []), word, path) for word in ("environments", "depends"))
    return make_header(path, said.get("name"), environments, depends, tables)


def make_header(
    path: Path, name: object, environments: tuple[str, ...], depends: tuple[str, ...],
    tables: Mapping[str, tuple[str, ...] | None],
) -> Header:  # fmt: skip
    """The header, checked; the file's name is the set's where it says none. Raises InvalidInput."""
    called = path.stem if name is None else name
    if not isinstance(called, str) or not _NAME.fullmatch(called) or called in RESERVED:
        raise InvalidInput(
            f"{path.name}: a set cannot be called {called!r}", "Use letters, digits, -, _ and ., and no name of ours."
        )
    known = {item.value: item for item in Environment}
    for environment in environments:
        if environment not in known:
            raise InvalidInput(
                f"{path.name}: there is no environment {environment!r}", f"Use some of: {', '.join(known)}."
            )
    allowed = tuple(known[item] for item in environments) or DEFAULT_ENVIRONMENTS
    return Header(called, allowed, depends, tables)


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


def _texts(said: Any, what: str, path: Path) -> tuple[str, ...]:  # Any: whatever the file says
    listed = [said] if isinstance(said, str) else said
    if not isinstance(listed, list) or not all(isinstance(item, str) for item in listed):
        raise InvalidInput(
            f"{path.name}: {what} is neither a text nor a list of texts", "docs/seeds.md shows the form."
        )
    return tuple(listed)
