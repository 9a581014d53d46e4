"""JUnit XML as Jenkins defines it (junit-10.xsd): a test for each check."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from alphanest_db.redact import printable
from alphanest_db.units import plural

if TYPE_CHECKING:
    from alphanest_db.checks.model import CheckReport, CheckResult, Level


def junit_chunks(report: "CheckReport", fail_on: "Level") -> Iterator[str]:
    """The document in pieces; a check whose findings are below `fail_on` is a test that passed and has something to say."""
    results = report.checks
    counts = {
        "tests": len(results),
        "failures": sum(_fails(result, fail_on) for result in results),
        "errors": sum(result.state == "error" for result in results),
        "skipped": sum(result.state == "skipped" for result in results),
    }
    counted = "".join(f' {name}="{number}"' for name, number in counts.items())
    seconds = f'time="{report.duration_seconds:.3f}"'
    started = f"{report.started_at:%Y-%m-%dT%H:%M:%S}"
    of_all = counted.replace(f' skipped="{counts["skipped"]}"', "")
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="alphanest check"{of_all} {seconds}>\n'
    yield f'  <testsuite name="alphanest check" hostname={_attribute(report.database)}{counted} {seconds} timestamp="{started}">\n'
    for result in results:
        yield f'    <testcase classname="alphanest.check" name={_attribute(result.name)} time="0">'
        yield from _outcome(result, fail_on)
        yield "</testcase>\n"
    yield "  </testsuite>\n</testsuites>\n"


def _outcome(result: "CheckResult", fail_on: "Level") -> Iterator[str]:
    match result.state:
        case "skipped":
            yield f"<skipped message={_attribute(result.reason or '')}/>"
        case "error":
            yield f"<error message={_attribute(result.reason or '')}/>"
        case "failed" if _fails(result, fail_on):
            message = _attribute(plural(result.count, "finding"))
            yield f"<failure type={_attribute(result.level)} message={message}>"
            yield from _findings(result)
            yield "</failure>"
        case "failed":
            yield "<system-out>"
            yield from _findings(result)
            yield "</system-out>"


def _findings(result: "CheckResult") -> Iterator[str]:
    for finding in result.samples:
        place = " ".join(filter(None, [finding.table, finding.key_text]))
        yield escape(printable(f"{place}: {finding.message}")) + "\n"
        yield escape("\n".join(printable(line) for line in finding.sql.splitlines())) + "\n"


def _fails(result: "CheckResult", fail_on: "Level") -> bool:
    return result.state == "failed" and result.level.reaches(fail_on)


def _attribute(text: str) -> str:
    return quoteattr(printable(text))
