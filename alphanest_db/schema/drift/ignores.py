"""Drift that somebody looked at and lives with, for a reason and until a day."""

from collections.abc import Iterable, Iterator
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from alphanest_db.ignore_file import Section, read_entries
from alphanest_db.schema.drift.model import Drift, Ignore, IgnoredDrift, StaleIgnore

_SECTION = Section(
    "drift", "object", (), '[[drift]] object = "view public.report_*", reason = "…", expires = 2027-06-30.'
)


def read_ignores(file: Path | None, folder: Path) -> tuple[Ignore, ...]:
    """The entries on drift of `file`, else of alphanest-ignore.toml in `folder`, where there is one. Raises InvalidInput."""
    return tuple(
        Ignore(entry.names["object"], entry.reason, entry.expires) for entry in read_entries(file, folder, _SECTION)
    )


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
