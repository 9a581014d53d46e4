"""The ignore file: drift that somebody looked at and lives with, for a reason and until a day."""

import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from alphanest_db.errors import InvalidInput
from alphanest_db.schema.drift.model import Drift, Ignore, IgnoredDrift, StaleIgnore

FILE_NAME = "alphanest-ignore.toml"
_SECTION = "drift"
_HINT = 'An entry looks like: [[drift]] object = "view public.report_*", reason = "…", expires = 2027-06-30.'


def read_ignores(file: Path | None, folder: Path) -> tuple[Ignore, ...]:
    """The entries of `file`, else of alphanest-ignore.toml in `folder`, where there is one.

    Raises InvalidInput for a file that cannot be read, and for an entry without an object, a reason or a day.
    """
    path = file or folder / FILE_NAME
    if file is None and not path.exists():
        return ()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput(
            f"cannot read {path}: {error}", "Check the file, or name another with --ignore-file."
        ) from error
    entries = document.get(_SECTION, [])
    if not isinstance(entries, list):
        raise InvalidInput(f"{path}: {_SECTION} is not a list of entries", _HINT)
    return tuple(_entry(path, number, entry) for number, entry in enumerate(entries, start=1))


def apply_ignores(
    drifts: Iterable[Drift], ignores: Iterable[Ignore], today: date
) -> tuple[tuple[Drift, ...], tuple[IgnoredDrift, ...], tuple[StaleIgnore, ...]]:
    """What is left of the drifts, what is ignored, and the entries that expired or fit nothing."""
    drifts, ignores = list(drifts), list(ignores)
    left, ignored = [], []
    for drift in drifts:
        entry = next((item for item in ignores if item.expires >= today and _fits(item, drift)), None)
        if entry:
            ignored.append(IgnoredDrift(drift, entry.reason, entry.expires))
        else:
            left.append(drift)
    return tuple(left), tuple(ignored), tuple(_stale(ignores, drifts, today))


def _stale(ignores: list[Ignore], drifts: list[Drift], today: date) -> Iterator[StaleIgnore]:
    for item in ignores:
        if not any(_fits(item, drift) for drift in drifts):
            yield StaleIgnore(item.object, item.reason, item.expires, "no drift fits it")
        elif item.expires < today:
            yield StaleIgnore(item.object, item.reason, item.expires, "it has expired")


def _fits(ignore: Ignore, drift: Drift) -> bool:
    return fnmatchcase(drift.object, ignore.object)


def _entry(path: Path, number: int, entry: Any) -> Ignore:  # Any: whatever the file holds
    where = f"{path}: entry {number} of {_SECTION}"
    if not isinstance(entry, dict):
        raise InvalidInput(f"{where} is not a table", _HINT)
    if unknown := set(entry) - {"object", "reason", "expires"}:
        raise InvalidInput(f"{where} has an unknown key {sorted(unknown)[0]!r}", _HINT)
    texts = [entry.get(key) for key in ("object", "reason")]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        raise InvalidInput(f"{where} needs an object and a reason", _HINT)
    return Ignore(str(texts[0]), str(texts[1]), _day(where, entry.get("expires")))


def _day(where: str, value: Any) -> date:  # Any: whatever the file holds
    if isinstance(value, datetime) or not isinstance(value, date):
        raise InvalidInput(f"{where} needs a day in `expires`", "Write it without quotes: expires = 2027-06-30.")
    return value
