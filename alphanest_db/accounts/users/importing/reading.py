"""The rows of a CSV or JSON file of users, each with the line where it begins."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from alphanest_db.accounts.users.importing.model import SourceRow
from alphanest_db.errors import InvalidInput
from alphanest_db.units import plural

COLUMNS = ("username", "email", "password", "password_hash", "avatar", "status", "plan", "is_active")
# What a file of skipped rows has besides, so that it can be mended and imported.
NOTES = ("line", "problems")
_KNOWN = f"They are {', '.join(COLUMNS)}; the first two must be there."


def read_users(path: Path) -> Iterator[SourceRow]:
    """All rows of the file; the ending of its name says which form it has. Raises InvalidInput where it has no rows to read."""
    readers: dict[str, Callable[[str], Iterator[SourceRow]]] = {".csv": _read_csv, ".json": _read_json}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InvalidInput(f"{path} is neither .csv nor .json", "The ending of the name says how it is read.")
    return reader(_text_of(path))


def _text_of(path: Path) -> str:
    try:
        data = path.read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"{path} is not UTF-8 text: line {line}", "Save it as UTF-8.") from error
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}", "Name a file that can be read.") from error


def _read_csv(text: str) -> Iterator[SourceRow]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns: list[str] | None = None
    line = 1
    try:
        for fields in reader:
            if columns is None:
                columns = _header(fields)
            elif fields:
                yield _csv_row(line, columns, fields)
            line = reader.line_num + 1
    except csv.Error as error:
        yield SourceRow(line, {}, f"cannot be read, nor what follows: {error}")
    if columns is None:
        raise InvalidInput("the file is empty", f"Its first line names the columns. {_KNOWN}")


def _header(fields: list[str]) -> list[str]:
    columns = [field.strip().lower() for field in fields]
    unknown = [column for column in columns if column not in (*COLUMNS, *NOTES)]
    if unknown:
        raise InvalidInput(f"the file has a column {unknown[0][:60]!r}, which users have not", _KNOWN)
    if not {"username", "email"} <= set(columns) or len(set(columns)) < len(columns):
        raise InvalidInput("the first line of the file does not name each column once", _KNOWN)
    return columns


def _csv_row(line: int, columns: list[str], fields: list[str]) -> SourceRow:
    values: dict[str, object] = {column: field for column, field in zip(columns, fields, strict=False) if field != ""}
    if len(fields) != len(columns):
        return SourceRow(line, values, f"has {plural(len(fields), 'field')}, and the first line {len(columns)}")
    return SourceRow(line, values)


def _read_json(text: str) -> Iterator[SourceRow]:
    """The elements of the one list; read one by one, because json tells no lines."""
    decoder = json.JSONDecoder()
    place = _skip_space(text, 0)
    if text[place : place + 1] != "[":
        raise InvalidInput(
            "the file is not a JSON list of users", '[{"username": "anna", "email": "anna@example.com"}]'
        )
    line, counted = 1, 0
    place = _skip_space(text, place + 1)
    for item in count(1):
        if text[place : place + 1] == "]":
            break
        line += text.count("\n", counted, place)
        counted = place
        try:
            value, place = decoder.raw_decode(text, place)
            place = _next_element(text, _skip_space(text, place))
        except (ValueError, RecursionError) as error:
            said = getattr(error, "msg", "it is nested too deeply, or holds an endless number")
            yield SourceRow(line, {}, f"cannot be read, nor what follows: {said}", item)
            return
        yield _json_row(line, item, value)
    if text[place + 1 :].strip():
        raise InvalidInput("something follows after the JSON list of users", "Let the file hold one list.")


def _next_element(text: str, place: int) -> int:
    if text[place : place + 1] == ",":
        place = _skip_space(text, place + 1)
        if text[place : place + 1] != "]":
            return place
    elif text[place : place + 1] == "]":
        return place
    raise json.JSONDecodeError("a , or the ] at the end is expected", text, place)


def _skip_space(text: str, place: int) -> int:
    while text[place : place + 1] in (" ", "\n", "\t", "\r"):
        place += 1
    return place


def _json_row(line: int, item: int, value: object) -> SourceRow:
    if not isinstance(value, dict):
        return SourceRow(line, {}, "is not a JSON object", item)
    unknown = [str(key) for key in value if key not in (*COLUMNS, *NOTES)]
    broken = f"has a key {unknown[0][:60]!r}, which users have not" if unknown else None
    return SourceRow(line, {key: held for key, held in value.items() if held is not None}, broken, item)
