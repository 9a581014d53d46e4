"""The ignore file: what somebody looked at and lives with, for a reason and until a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from alphanest_db.errors import InvalidInput

FILE_NAME = "alphanest-ignore.toml"


@dataclass(frozen=True)
class Section:
    """One kind of entries: what each must name, what it may name besides, and how one looks."""

    name: str
    required: str
    optional: tuple[str, ...]
    example: str


@dataclass(frozen=True)
class Entry:
    """An entry: what it names, why, and until when, that day included."""

    names: Mapping[str, str]
    reason: str
    expires: date


def read_entries(file: Path | None, folder: Path, section: Section) -> tuple[Entry, ...]:
    """The entries of that section in `file`, else in alphanest-ignore.toml in `folder`, where there is one.

    Raises InvalidInput for a file that cannot be read, and for an entry without what it must name, a reason or a day.
    """
    path = file or folder / FILE_NAME
    if file is None and not path.exists():
        return ()
    import tomllib  # hardly anybody has the file, and every check asks for it

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(
            f"cannot read {path}: {error}", "Check the file, or name another with --ignore-file."
        ) from error
    entries = document.get(section.name, [])
    if not isinstance(entries, list):
        raise InvalidInput(f"{path}: {section.name} is not a list of entries", _hint(section))
    return tuple(_entry(path, section, number, entry) for number, entry in enumerate(entries, start=1))


def _entry(path: Path, section: Section, number: int, entry: Any) -> Entry:  # Any: whatever the file holds
    where = f"{path}: entry {number} of {section.name}"
    if not isinstance(entry, dict):
        raise InvalidInput(f"{where} is not a table", _hint(section))
    names = (section.required, *section.optional)
    if unknown := set(entry) - {*names, "reason", "expires"}:
        raise InvalidInput(f"{where} has an unknown key {sorted(unknown)[0]!r}", _hint(section))
    if not (_is_text(entry.get(section.required)) and _is_text(entry.get("reason"))):
        article = "an" if section.required[0] in "aeiou" else "a"
        raise InvalidInput(f"{where} needs {article} {section.required} and a reason", _hint(section))
    given = {key: entry[key] for key in names if key in entry}
    for key, value in given.items():
        if not _is_text(value):
            raise InvalidInput(f"{where} needs a text in `{key}`", _hint(section))
    return Entry(given, entry["reason"], _day(where, entry.get("expires")))


def _is_text(value: Any) -> bool:  # Any: whatever the file holds
    return isinstance(value, str) and bool(value.strip())


def _hint(section: Section) -> str:
    return f"An entry looks like: {section.example}"


def _day(where: str, value: Any) -> date:  # Any: whatever the file holds
    if isinstance(value, datetime) or not isinstance(value, date):
        raise InvalidInput(f"{where} needs a day in `expires`", "Write it without quotes: expires = 2027-06-30.")
    return value
