"""How the answer of `alphanest key scan` looks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.units import human_bytes, human_seconds, plural

if TYPE_CHECKING:
    from alphanest_db.accounts.scanning.model import Leak, ScanReport

_SHOWN_SKIPPED = 20


def scan_view(report: "ScanReport") -> View:
    """The leaks, then what was looked at, and what was not; columns that could hold nothing are left out."""
    columns = ("key", "place", *(("commit",) if report.looked_at.objects else ()))
    columns += ("user", "e-mail", "active") if report.asked else ()
    rows = [_row(report, leak) for leak in report.leaks]
    styles = ["red" if leak.owner or not report.asked else "" for leak in report.leaks]
    return [Grid(columns, rows, styles=styles), Lines([*_summary(report), *_beside(report)])]


def _row(report: "ScanReport", leak: "Leak") -> tuple[object, ...]:
    commit = leak.commit and leak.commit[:12] + ("" if leak.is_reachable else " (unreachable)")
    owner = leak.owner
    name, email, active = (owner.username, owner.email, owner.is_active) if owner else ("nobody's", None, None)
    row = (f"{leak.prefix}…", f"{leak.place}:{leak.line}", *((commit,) if report.looked_at.objects else ()))
    return (*row, name, email, active) if report.asked else row


def _summary(report: "ScanReport") -> Iterator[str]:
    at = report.looked_at
    looked = [plural(at.files, "file"), *([plural(at.objects, "git object")] if at.objects else [])]
    binary = f", {plural(at.binary_files, 'binary one')} left out" if at.binary_files else ""
    speed = f"{human_bytes(at.size_bytes)} in {human_seconds(at.duration_seconds)}"
    yield f"{_found(report)}; looked at {' and '.join(looked)}, {speed}{binary}"
    if report.revoked:
        yield f"revoked {plural(report.revoked, 'key')}"


def _found(report: "ScanReport") -> str:
    if not report.leaks:
        return "no key found"
    places = plural(len(report.leaks), "place")
    if not report.asked:
        return f"what looks like a key in {places}"
    if not report.owned:
        return f"no key that works; what looks like one, and is nobody's, in {places}"
    users = len({leak.owner.user_id for leak in report.owned if leak.owner})
    return f"keys of {plural(users, 'user')} in {plural(len(report.owned), 'place')}"


def _beside(report: "ScanReport") -> Iterator[str]:
    yield from (f"note: {note}" for note in report.looked_at.notes)
    yield from (f"skipped: {item.place}: {item.reason}" for item in report.looked_at.skipped[:_SHOWN_SKIPPED])
    if len(report.looked_at.skipped) > _SHOWN_SKIPPED:
        yield f"skipped: {len(report.looked_at.skipped) - _SHOWN_SKIPPED:,} more; --output json names them"
