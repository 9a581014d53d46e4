"""Databases with defects that can be repaired, and what became of them."""

from typing import Any

from alphanest_db.database.target import Target
from tests.check_scenes import OPEN, ROWS, SCENES
from tests.conftest import On, Result
from tests.servers import execute, fetch

# Every kind of defect that is repaired, each with the rows of tests/fixtures/check_scenes.sql.
REPAIRED = (
    "orphans", "users-without-subscription", "users-without-booth", "items-in-foreign-booth", "items-without-booth",
    "active-listings", "unknown-status", "unknown-plan", "unknown-theme", "unvalidated-foreign-keys", "unvalidated-constraints",
    "unenforced-foreign-keys",
)  # fmt: skip
# Rows whose constraints stay in place, valid by PostgreSQL's word: what superusers and restores leave behind.
BREAK = "SET session_replication_role = replica;"


def broken(target: Target) -> Target:
    """The database with all that is repaired, and some that is not."""
    execute(target, ROWS, "ANALYZE", OPEN + "".join(scene.plant for scene in SCENES if scene.check in REPAIRED))
    return target


def orderly(target: Target, *changes: str) -> Target:
    """The database in order, but for what the statements change past its triggers."""
    execute(target, ROWS, *(BREAK + change for change in changes))
    return target


def repair(on: On, target: Target, *arguments: str, stdin: str | None = None, **environ: str) -> Result:
    """`check integrity --fix`."""
    return on(target)("check", "integrity", "--fix", *arguments, stdin=stdin, **environ)


def repaired(on: On, target: Target, *arguments: str) -> dict[str, Any]:  # Any: JSON
    """The report of a repair that nobody is asked about."""
    done = repair(on, target, "--yes", "--output", "json", *arguments)
    assert done.code in (0, 1), done.err
    report: dict[str, Any] = done.json
    return report


def sums(report: dict[str, Any]) -> set[tuple[str, str, str, int]]:  # Any: JSON
    """What was done for which check to which table, in how many rows."""
    return {(c["check"], c["action"], c["constraint"] or c["table"], c["rows"]) for c in report["changes"]}


def left(report: dict[str, Any]) -> dict[str, int]:  # Any: JSON
    """What is left, by check."""
    return {item["check"]: item["count"] for item in report["left"]}


def column(target: Target, query: str) -> list[object]:
    """The first column of the answer."""
    return [row[0] for row in fetch(target, query)]
