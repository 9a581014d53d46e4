"""squawk's opinion of the statements that ran; a program that reads text, and asks neither network nor database."""

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.errors import ProgramFailed
from alphanest_db.schema.observing.facts import ObservedStatement

TIMEOUT_SECONDS = 60
NOT_INSTALLED = "squawk: skipped: squawk is not installed"
# `alphanest db upgrade` sets both timeouts for every statement, and goes on where an interrupted run ended.
_EXCLUDED = ("require-lock-timeout", "require-statement-timeout", "prefer-robust-stmts")


@dataclass(frozen=True)
class Remark:
    """What squawk said; `statement` is the place of the statement among those that were handed over."""

    statement: int
    rule: str
    said: str
    message: str
    help: str


def find_squawk() -> Path | None:
    """The program of the package squawk-cli beside this interpreter, else the one on PATH."""
    beside = [Path(sysconfig.get_path("scripts")), Path(sys.executable).parent]
    places = [*(folder / "squawk" for folder in beside), *([Path(found)] if (found := shutil.which("squawk")) else [])]
    return next((place for place in places if place.is_file()), None)


def lint(program: Path, statements: Sequence[ObservedStatement], server_version: int) -> list[Remark]:
    """What squawk finds in the statements, as one script, so that it knows of tables that the script itself creates.

    Statements with bound values (rows, not DDL) are left out. Raises ProgramFailed.
    """
    script, lines = _script(statements)
    command = [
        str(program),
        "--reporter=json",
        f"--pg-version={server_version // 10000}.0",
        "--no-assume-in-transaction",
    ]
    command += [f"--exclude={','.join(_EXCLUDED)}", "--stdin-filepath=plan.sql"]
    try:
        done = subprocess.run(command, input=script.encode(), capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
        found = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise ProgramFailed(f"squawk gave no answer: {type(error).__name__}", 1) from error
    return [
        Remark(lines[item["line"]], item["rule_name"], item["level"], item["message"], item["help"] or "")
        for item in found
        if item["line"] in lines
    ]


def _script(statements: Sequence[ObservedStatement]) -> tuple[str, dict[int, int]]:
    """The text, and which of its lines belong to which statement."""
    lines: list[str] = []
    owner: dict[int, int] = {}
    for number, text in _with_transactions(statements):
        for line in text.split("\n"):
            if number is not None:
                owner[len(lines)] = number
            lines.append(line)
    return "\n".join(lines) + "\n", owner


def _with_transactions(statements: Sequence[ObservedStatement]) -> Iterator[tuple[int | None, str]]:
    open_transaction = None
    for number, statement in enumerate(statements):
        wanted = statement.transaction if statement.in_transaction else None
        if wanted != open_transaction:
            if open_transaction is not None:
                yield None, "COMMIT;"
            if wanted is not None:
                yield None, "BEGIN;"
            open_transaction = wanted
        if not statement.has_values:
            yield number, statement.sql + "\n;"
    if open_transaction is not None:
        yield None, "COMMIT;"
