"""Sets from files: JSON with rows by table, CSV of one table, SQL that inserts."""

import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.errors import InvalidInput
from alphanest_db.seeding.sets.header import Header, header_of_json, header_of_lines, split_header
from alphanest_db.seeding.sets.model import Rows, SeedSet, SetKind, TableRows
from alphanest_db.seeding.sets.script import rows_of_script
from alphanest_db.seeding.texts import unsendable_problem

_FORM = "docs/seeds.md shows the form."


def read_sets(folder: Path) -> list[SeedSet]:
    """The sets of the folder's .json, .csv and .sql files, by name; none where there is no folder.

    Raises InvalidInput for a file that is no set, and for two of one name.
    """
    found: dict[str, SeedSet] = {}
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        if path.suffix in _READERS and path.is_file():
            seed = read_set(path)
            if other := found.get(seed.name):
                raise InvalidInput(
                    f"two files are the set {seed.name}: {other.path and other.path.name} and {path.name}",
                    "Give one another name in its header.",
                )
            found[seed.name] = seed
    return [found[name] for name in sorted(found)]


def read_set(path: Path) -> SeedSet:
    """The set that a file is. Raises InvalidInput, naming the place."""
    kind, read = _READERS[path.suffix]
    try:
        content = path.read_bytes()
        header, rows = read(_text(content, path), path)
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}", "Check the file.") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name} is not UTF-8 text (byte {error.start})", "Save it as UTF-8.") from error
    digest = hashlib.sha256(content).hexdigest()
    return SeedSet(header.name, kind, header.environments, header.depends, digest, rows, path)


def _text(content: bytes, path: Path) -> str:
    text = content.decode("utf-8-sig")
    if "\0" in text:
        raise InvalidInput(f"{path.name} holds a NUL character, which no database can", "Take it out.")
    return text


def _read_json(text: str, path: Path) -> tuple[Header, Rows]:
    document = _document(text, path)
    if not isinstance(document, dict) or not isinstance(document.get("rows"), dict):
        raise InvalidInput(f"{path.name} has no object of rows by table", _FORM)
    if others := sorted(document.keys() - {"seed", "rows"}):
        raise InvalidInput(f"{path.name} has an unknown member {others[0]!r}", _FORM)
    header = header_of_json(document.get("seed"), path)
    if strangers := sorted(header.tables.keys() - document["rows"]):
        raise InvalidInput(f"{path.name} says the key of {strangers[0]}, and has no rows of it", _FORM)
    tables = [
        TableRows(table, tuple(_objects(rows, table, path)), header.tables.get(table))
        for table, rows in document["rows"].items()
    ]
    return header, lambda _connection: tables


def _document(text: str, path: Path) -> Any:
    try:
        document = json.loads(
            text, parse_constant=partial(_no_constant, path), object_pairs_hook=partial(_object, path)
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise InvalidInput(f"{path.name} is not JSON: {where}", _FORM) from error
    except (RecursionError, ValueError) as error:  # Python makes no whole numbers of more than 4,300 digits
        what = "too deep" if isinstance(error, RecursionError) else "a number with too many digits"
        raise InvalidInput(f"{path.name} cannot be read: {what}", _FORM) from error
    if problem := unsendable_problem(document, text):
        raise InvalidInput(f"{path.name} cannot be put in: {problem}", _FORM)
    return document


def _object(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = Counter(key for key, _value in pairs).most_common(1)[0][0]
        raise InvalidInput(f"{path.name}: an object has {twice!r} twice", "Only one of them would count.")
    return made


def _objects(rows: object, table: str, path: Path) -> Iterator[Mapping[str, Any]]:  # Any: JSON
    if not isinstance(rows, list):
        raise InvalidInput(f"{path.name}: rows.{table} is not a list", _FORM)
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or not row:
            raise InvalidInput(f"{path.name}: rows.{table}[{number}] is not an object with columns", _FORM)
        yield row


def _read_csv(text: str, path: Path) -> tuple[Header, Rows]:
    lines, rest = split_header(text, "#")
    header = header_of_lines(lines, path)
    tables = dict(header.tables) or {path.stem: None}
    if len(tables) > 1:
        raise InvalidInput(f"{path.name}: a CSV file is rows of one table, and its header names several", _FORM)
    [(table, key)] = tables.items()
    rows = tuple(_cells(rest, path, len(text[: len(text) - len(rest)].splitlines())))
    found = [TableRows(table, rows, key, as_text=True)]
    return header, lambda _connection: found


def _cells(text: str, path: Path, skipped: int) -> Iterator[Mapping[str, Any]]:
    """One object a line; an empty cell is NULL, and a column `user_id.email` looks a row up."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = next(reader, [])
        if not _are_columns(columns):
            raise InvalidInput(f"{path.name}: the line of columns is missing, or names one twice", _FORM)
        for cells in reader:
            if len(cells) != len(columns):
                where = f"line {skipped + reader.line_num}"
                raise InvalidInput(f"{path.name}, {where}: {len(cells)} cells for {len(columns)} columns", _FORM)
            yield _row(columns, cells)
    except csv.Error as error:
        raise InvalidInput(f"{path.name}, line {skipped + reader.line_num}: {error}", _FORM) from error


def _are_columns(columns: Sequence[str]) -> bool:
    """Whether each has a name, and is there once: as a value, or as what looks it up."""
    looked_up = {base for base, dot, _other in (column.partition(".") for column in columns) if dot}
    names = [part for column in columns for part in column.split(".", 1)]
    return bool(columns) and len(set(columns)) == len(columns) and "" not in names and looked_up.isdisjoint(columns)


def _row(columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    """The cells by column; a row that is looked up by cells of which none says anything is none.

    >>> _row(["id", "user_id.email", "user_id.username"], ["1", "", "anna"])
    {'id': '1', 'user_id': {'username': 'anna'}}
    """
    row: dict[str, Any] = {}
    for column, cell in zip(columns, cells, strict=True):
        base, dot, other = column.partition(".")
        row[base] = {**(row.get(base) or {}), **({other: cell} if cell else {})} if dot else cell
    return {column: said or None for column, said in row.items()}


def _read_sql(text: str, path: Path) -> tuple[Header, Rows]:
    lines, rest = split_header(text, "--")
    header = header_of_lines(lines, path)
    if not header.tables:
        raise InvalidInput(
            f"{path.name}: the header names no table", "Add a line such as: -- tables: users(email), trades"
        )

    def rows(connection: Connection) -> list[TableRows]:
        return rows_of_script(connection, header.name, rest, header.tables)

    return header, rows


def _no_constant(path: Path, word: str) -> None:
    raise InvalidInput(f"{path.name} is not JSON: {word} is no number of JSON's", f'Write it as a text: "{word}".')


_READERS: dict[str, tuple[SetKind, Callable[[str, Path], tuple[Header, Rows]]]] = {
    ".json": (SetKind.json, _read_json),
    ".csv": (SetKind.csv, _read_csv),
    ".sql": (SetKind.sql, _read_sql),
}
