"""The SQL script that sets drift right, for a person to read and run."""

from collections.abc import Iterator

from alphanest_db.redact import printable
from alphanest_db.schema.drift.model import Drift, DriftKind, DriftReport

_LOCK_TIMEOUT = "SET lock_timeout = '5s';"
# The wait of CONCURRENTLY holds up nobody, and a build that is ended leaves an INVALID index.
_NO_LOCK_TIMEOUT = "SET lock_timeout = 0;"
_UNCERTAIN = "-- No statement: look at it yourself."


def repair_script(report: DriftReport) -> str:
    """One part for each drift that is not ignored, statements only where they are certain."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: DriftReport) -> Iterator[str]:
    where = ", ".join(report.revisions) or "no revision"
    yield _comment(f"Makes the schema of {report.database} as the migrations make it at {where}.")
    yield from (_comment(note) for note in report.notes)
    if not report.drifts:
        yield "-- Nothing to do."
        return
    yield "-- Read it, then run it: alphanest db shell -f FILE"
    if any(drift.sql for drift in report.drifts):
        yield "-- A table that is not free soon: give up instead of holding up the application."
        yield _LOCK_TIMEOUT
    for drift in report.drifts:
        yield from _part(drift)


def _part(drift: Drift) -> Iterator[str]:
    yield ""
    yield _comment(f"{drift.kind} {drift.object}: {drift.meaning}")
    if not drift.sql or not _is_plain(drift.sql):
        yield _UNCERTAIN
        yield from _commented("expected", drift.expected)
        yield from _commented("actual", drift.actual)
        return
    if drift.kind is DriftKind.extra:  # no migration could bring it back
        yield from _commented("drops", drift.actual)
    concurrent = "CONCURRENTLY" in drift.sql
    yield from [_NO_LOCK_TIMEOUT, drift.sql, _LOCK_TIMEOUT] if concurrent else [drift.sql]


def _commented(word: str, definition: str | None) -> Iterator[str]:
    return (_comment(f"  {word}: {line}") for line in (definition or "").splitlines())


def _is_plain(sql: str) -> bool:
    """False where a name holds what could steer a terminal: written out, it would be another name."""
    return all(printable(line) == line for line in sql.replace("\t", " ").split("\n"))


def _comment(text: str) -> str:
    """A name from the database can hold a line break, and would end the comment."""
    return f"-- {printable(text)}"
