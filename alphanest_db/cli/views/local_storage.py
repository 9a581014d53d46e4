"""How the answer of `alphanest import local-storage` looks."""

from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.units import plural

if TYPE_CHECKING:
    from alphanest_db.seeding.local_storage.model import ImportReport

_SHOWN = 20


def local_storage_view(report: "ImportReport") -> View:
    """What became of the records, why some are not in, and where the rest is."""
    counts = [
        (f"{count.kind}s", count.rows, count.inserted, count.changed, count.unchanged, count.skipped, count.rejected)
        for count in report.kinds
    ]
    columns = ("records", "read", "inserted", "changed", "unchanged", "skipped", "rejected")
    return [
        Lines(_head(report)),
        Grid(columns, counts),
        *_reasons(report),
        *_disagreements(report),
        Lines(_tail(report)),
    ]


def _head(report: "ImportReport") -> list[str]:
    states: dict[str, int] = {}
    for file in report.files:
        states[file.state.value] = states.get(file.state.value, 0) + 1
    done = ", ".join(f"{count:,} {state}" for state, count in states.items())
    lines = [
        f"{plural(len(report.files), 'file')}: {done}" + (" (dry run: nothing was changed)" if report.dry_run else "")
    ]
    errors = [file.error for file in report.files if file.error]
    return lines + [f"  {error}" for error in errors[:_SHOWN]] + _more(len(errors))


def _reasons(report: "ImportReport") -> View:
    rows = [
        (reason.kind.value, reason.outcome.value, reason.reason, reason.rows, f"{reason.file}: {reason.path}")
        for reason in report.reasons[:_SHOWN]
    ]
    columns = ("record", "outcome", "why", "rows", "first")
    return [Grid(columns, rows, is_answer=False), Lines(_more(len(report.reasons)))]


def _disagreements(report: "ImportReport") -> View:
    rows = [
        (found.kind.value, found.what, found.rows, f"{found.file}: {found.path}")
        for found in report.disagreements[:_SHOWN]
    ]
    return [Grid(("record", "disagreement", "rows", "first"), rows, is_answer=False)]


def _tail(report: "ImportReport") -> list[str]:
    created, verb = report.created, "would be" if report.dry_run else "were"
    lines = []
    if created.subscriptions or created.booths:
        made = f"{plural(created.subscriptions, 'trial subscription')} and {plural(created.booths, 'booth')}"
        lines.append(f"{made} {verb} made for users who had none")
    if created.users:
        lines.append(f"{plural(created.users, 'user')} {verb} made up whom only booths and items name")
    if report.mapped_users:
        lines.append(f"{plural(report.mapped_users, 'user')} by another id than in the export:")
        lines += [f"  {user.source_id} is {user.user_id} ({user.why})" for user in report.mapped[:_SHOWN]]
        lines += _more(report.mapped_users)
    if report.other_keys:
        lines.append(f"keys that are not ours, left alone: {', '.join(report.other_keys[:_SHOWN])}")
    for what, file in (("did not come in", report.rejects), ("has no column", report.leftover)):
        lines += [f"what {what}: {file}"] if file else []
    return lines + ([f"passwords and API keys: {report.passwords_csv}"] if report.passwords_csv else [])


def _more(count: int) -> list[str]:
    return [f"  and {count - _SHOWN:,} more (--output json has them)"] if count > _SHOWN else []
