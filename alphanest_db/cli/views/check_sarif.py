"""SARIF 2.1.0, which code hosts and dashboards read: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import alphanest_db
from alphanest_db.cli.json_stream import Stream

if TYPE_CHECKING:
    from alphanest_db.checks.model import Check, CheckReport, CheckResult, Finding

# Any in this file: whatever JSON can hold.

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif_document(report: "CheckReport") -> dict[str, Any]:
    """One run of one tool: its rules are the checks, its results the findings, its notifications what was skipped or broke."""
    from alphanest_db.checks.registry import get_check

    rules = [_rule(get_check(result.name)) for result in report.checks]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "alphanest", "version": alphanest_db.__version__, "rules": rules}},
                "invocations": [_invocation(report)],
                "properties": {"database": report.database, "revision": report.revision},
                "results": Stream(_results(report)),
            }
        ],
    }


def _rule(check: "Check") -> dict[str, Any]:
    return {
        "id": check.name,
        "shortDescription": {"text": check.summary},
        "fullDescription": {"text": check.why},
        "help": {"text": check.remedy},
        "defaultConfiguration": {"level": _LEVELS[check.level]},
        "properties": {"tags": list(check.tags)},
    }


def _results(report: "CheckReport") -> Iterator[dict[str, Any]]:
    for index, result in enumerate(report.checks):
        for finding in result.samples:
            yield _result(report, index, result, finding)


def _result(report: "CheckReport", index: int, result: "CheckResult", finding: "Finding") -> dict[str, Any]:
    place = "/".join(quote(part, safe="") for part in (report.database, finding.table) if part)
    name = " ".join(filter(None, [finding.table, finding.key_text]))
    return {
        "ruleId": result.name,
        "ruleIndex": index,
        "level": _LEVELS[finding.level or result.level],
        "message": {"text": f"{name}: {finding.message}"},
        "locations": [
            {
                # Those who show results beside files want one; a table is the nearest that there is to a file.
                "physicalLocation": {"artifactLocation": {"uri": place}, "region": {"startLine": 1}},
                "logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"finding/v1": _fingerprint(result, finding)},
        "properties": {"table": finding.table, "key": dict(finding.key), "sql": finding.sql},
    }


def _fingerprint(result: "CheckResult", finding: "Finding") -> str:
    """The same finding in another run has the same one."""
    told = [result.name, finding.table, *finding.key.items()]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _invocation(report: "CheckReport") -> dict[str, Any]:
    ended = report.started_at + timedelta(seconds=report.duration_seconds)
    told = [result for result in report.checks if result.state in ("skipped", "error")]
    return {
        "executionSuccessful": all(result.state != "error" for result in report.checks),
        "startTimeUtc": _time(report.started_at.isoformat()),
        "endTimeUtc": _time(ended.isoformat()),
        "toolExecutionNotifications": [_notification(result) for result in told],
    }


def _notification(result: "CheckResult") -> dict[str, Any]:
    return {
        "level": "error" if result.state == "error" else "note",
        "message": {"text": f"{result.name} {result.state}: {result.reason}"},
        "associatedRule": {"id": result.name},
    }


def _time(text: str) -> str:
    return text.replace("+00:00", "Z")
