"""Findings that somebody looked at and lives with: taken from the counts, while the entry holds and has something to do."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from alphanest_db.checks.model import Finding
from alphanest_db.ignore_file import FILE_NAME, Section, read_entries

_SECTION = Section(
    "checks", "check", ("key",),
    '[[checks]] check = "unused-indexes", key = "ix_report_*", reason = "…", expires = 2027-06-30.',
)  # fmt: skip


@dataclass(frozen=True)
class Ignore:
    """An entry: which check, which keys of its findings (`*` and `?` as in file names), why, and until when, inclusive."""

    check: str
    key: str
    reason: str
    expires: date

    @property
    def like(self) -> str:
        r"""The key as a pattern of LIKE.

        >>> Ignore("orphans", "nft_*", "", date(2026, 1, 1)).like
        'nft\\_%'
        """
        return re.sub(r"[%_\\]", r"\\\g<0>", self.key).replace("*", "%").replace("?", "_")

    def fits(self, finding: Finding) -> bool:
        """True where the finding's key is meant; by the same rules as `like`."""
        pattern = re.escape(self.key).replace(r"\*", ".*").replace(r"\?", ".")
        return re.fullmatch(pattern, finding.key_text, re.DOTALL) is not None


def read_ignores(file: Path | None, folder: Path) -> tuple[Ignore, ...]:
    """The entries on checks of `file`, else of alphanest-ignore.toml in `folder`, where there is one. Raises InvalidInput."""
    return tuple(
        Ignore(entry.names["check"], entry.names.get("key", "*"), entry.reason, entry.expires)
        for entry in read_entries(file, folder, _SECTION)
    )


def in_force(ignores: Iterable[Ignore], today: date) -> dict[str, tuple[Ignore, ...]]:
    """The entries that have not expired, by check."""
    held: dict[str, tuple[Ignore, ...]] = {}
    for ignore in ignores:
        if ignore.expires >= today:
            held[ignore.check] = (*held.get(ignore.check, ()), ignore)
    return held


def stale_entries(
    ignores: Iterable[Ignore], hits: Mapping[Ignore, int], known: Iterable[str], looked_at: Iterable[str], today: date
) -> Iterator[Finding]:
    """The entries that do nothing any more; those of checks that were not run are left alone."""
    known, looked_at = set(known), set(looked_at)
    for ignore in ignores:
        if ignore.check not in known:
            yield _stale(ignore, "there is no check of that name")
        elif ignore.expires < today:
            yield _stale(ignore, f"it expired on {ignore.expires}")
        elif ignore.check in looked_at and not hits.get(ignore):
            yield _stale(ignore, "no finding fits it")


def _stale(ignore: Ignore, problem: str) -> Finding:
    return Finding(
        None, {"check": ignore.check, "key": ignore.key}, f"{problem} (it says: {ignore.reason})",
        f"-- remove it from {FILE_NAME}, or give it another day",
    )  # fmt: skip
