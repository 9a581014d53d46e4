"""How the answer of the checks is written, in each of its forms."""

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, assert_never

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.cli.json_stream import Stream
from alphanest_db.cli.output import CheckOutput, Output
from alphanest_db.cli.render import show, show_document, show_stream, show_text
from alphanest_db.units import human_seconds, plural

if TYPE_CHECKING:
    from alphanest_db.checks.model import CheckReport, CheckResult, Finding, Level

_STYLES = {"error": "red", "warning": "yellow", "info": "", "skipped": "dim", "broken": "red"}
_COLUMNS = ("check", "level", "state", "table", "key", "message", "sql")


def show_report(report: "CheckReport", output: CheckOutput, *, fail_on: "Level") -> None:
    """Write the answer, findings while they come."""
    match output:
        case CheckOutput.table:
            show(report, report_view(report))
        case CheckOutput.json:
            show_document(json_document(report))
        case CheckOutput.csv:
            show_stream(_rows(report), _grid, Output.csv)
        case CheckOutput.sarif:
            from alphanest_db.cli.views.check_sarif import sarif_document

            show_document(sarif_document(report))
        case CheckOutput.junit:
            from alphanest_db.cli.views.check_junit import junit_chunks

            show_text(junit_chunks(report, fail_on))
        case _:
            assert_never(output)


def json_document(report: "CheckReport") -> dict[str, Any]:  # Any: whatever JSON can hold
    """The report as it is, samples as streams."""
    head = {item.name: getattr(report, item.name) for item in dataclasses.fields(report)}
    return head | {"checks": [_json_result(result) for result in report.checks]}


def report_view(report: "CheckReport") -> View:
    """What did not pass, the worst first; then each with its findings; then the sum of it all."""
    told = sorted((r for r in report.checks if r.state != "passed"), key=lambda r: (_order(r), r.name))
    rows = [(_word(r), r.name, r.count or None, r.reason or _summary(r)) for r in told]
    grid = Grid(("level", "check", "found", "what"), rows, styles=[_STYLES[_word(r)] for r in told])
    failed = (Lines(_findings(result)) for result in told if result.state == "failed")
    return [grid, *failed, Lines([_sum(report)])]


def _findings(result: "CheckResult") -> Iterator[str]:
    yield f"{result.level} {result.name}: {_summary(result)}"
    shown = 0
    for finding in result.samples:
        if shown == 0:
            first_sql = finding.sql
        shown += 1
        yield f"  {place_of_finding(finding)}: {finding.message}"
    if shown < result.count:
        yield f"  … and {result.count - shown:,} more (--all shows them)"
    if shown:
        yield f"  do: {first_sql}"
    yield ""


def place_of_finding(finding: "Finding") -> str:
    """Where it is, as one says it."""
    key = ", ".join(f"{column}={value}" for column, value in finding.key.items())
    return f"{finding.table} {key}" if finding.table else key


def _sum(report: "CheckReport") -> str:
    states = Counter(result.state.value for result in report.checks)
    levels = Counter(result.level.value for result in report.checks if result.state == "failed")
    failed = f"{states['failed']} failed"
    if levels:
        failed += (
            " ("
            + ", ".join(f"{levels[level]} {level}" for level in ("error", "warning", "info") if levels[level])
            + ")"
        )
    where = f" at {report.revision}" if report.revision else ""
    told = [f"{states['passed']} passed", failed, f"{states['skipped']} skipped"]
    told += [f"{states['error']} broken"] if states["error"] else []
    checks = plural(len(report.checks), "check")
    return f"{report.database}{where}: {checks} in {human_seconds(report.duration_seconds)}: {', '.join(told)}"


def _word(result: "CheckResult") -> str:
    return {"failed": result.level.value, "error": "broken"}.get(result.state, result.state.value)


def _order(result: "CheckResult") -> int:
    return ("error", "broken", "warning", "info", "skipped").index(_word(result))


def _summary(result: "CheckResult") -> str:
    from alphanest_db.checks.registry import get_check

    return get_check(result.name).summary


def _json_result(result: "CheckResult") -> dict[str, Any]:  # Any: whatever JSON can hold
    fields = {item.name: getattr(result, item.name) for item in dataclasses.fields(result)}
    return fields | {"samples": Stream(finding_document(finding) for finding in result.samples)}


def finding_document(finding: "Finding") -> dict[str, Any]:  # Any: whatever JSON can hold
    """A finding in the order in which people read it."""
    return {
        "check": finding.check, "level": finding.level, "table": finding.table, "key": dict(finding.key),
        "message": finding.message, "sql": finding.sql,
    }  # fmt: skip


def _rows(report: "CheckReport") -> Iterator[tuple[Any, ...]]:  # Any: cells
    """A row for each finding, and one for each check that could not be made."""
    for result in report.checks:
        for finding in result.samples:
            key = finding.key_text
            yield (result.name, finding.level, result.state, finding.table, key, finding.message, finding.sql)
        if result.state in ("skipped", "error"):
            yield (result.name, result.level, result.state, None, None, result.reason, None)


def _grid(rows: Sequence[tuple[Any, ...]]) -> Grid:  # Any: cells
    return Grid(_COLUMNS, rows)
