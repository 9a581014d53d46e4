"""Writes docs/cli.md and docs/checks from the commands and checks themselves; tests compare them."""

import re
from pathlib import Path

import typer
from typer.cli import get_docs_for_click

from alphanest_db.checks.explaining import Explanation, explain
from alphanest_db.checks.registry import all_checks
from alphanest_db.cli.app import app

REFERENCE = Path(__file__).parent / "cli.md"
CHECKS = Path(__file__).parent / "checks"
_ABOUT_CHECKS = """# Checks

`alphanest check` runs all of them; names and tags go with `--only` and `--skip`. Exit code 1 means that something of level
warning or error was found (`--fail-on` says otherwise), or that a check broke; what was skipped is told with its reason.

`--output json` is the report: `database`, `revision`, `started_at` (UTC), `duration_seconds`, and in `checks` for each `name`,
`level`, `state` (`passed`, `failed`, `skipped` or `error`), `count` (exact), `samples` and `reason`. A sample has `check`,
`level`, `table` (as PostgreSQL writes it, or null), `key` (an object: the columns of the primary key with their values as text,
or what names the thing, such as `index`), `message` and `sql`, which is ready to be pasted: it mends what is certain, and shows
the row else. `--samples` is how many are shown of each kind, `--all` streams every one. `--output csv` has a line for each
sample, `sarif` is SARIF 2.1.0, `junit` has a test for each check.
"""
_EXAMPLES = re.compile(r"\x08\nExamples:\n((?:  .*\n?)+)")


def reference() -> str:
    """The whole command reference, as Markdown."""
    program = typer.main.get_command(app)
    context = typer.Context(program, info_name="alphanest")
    text = get_docs_for_click(obj=program, ctx=context, name="alphanest", title="Command reference")
    return _EXAMPLES.sub(_fenced, text).strip() + "\n"


def check_pages() -> dict[str, str]:
    """A page for each check by the name of its file, and one that lists them."""
    explanations = [explain(check.name) for check in all_checks()]
    pages = {f"{explanation.name}.md": _page(explanation) for explanation in explanations}
    rows = [f"| [{e.name}]({e.name}.md) | {e.level} | {', '.join(e.tags)} | {e.summary} |" for e in explanations]
    table = "\n".join(["| check | level | tags | what |", "|---|---|---|---|", *rows])
    return pages | {"README.md": f"{_ABOUT_CHECKS}\n{table}\n"}


def _page(explanation: Explanation) -> str:
    how = "sql" if explanation.by_hand.startswith("SELECT") else "console"
    return (
        f"# {explanation.name}\n\n{explanation.summary}\nLevel {explanation.level}; tags {', '.join(explanation.tags)}.\n\n"
        f"## Why it matters\n\n{explanation.why}\n\n"
        + (f"## How to see it by hand\n\n```{how}\n{explanation.by_hand}\n```\n\n" if explanation.by_hand else "")
        + f"## What to do\n\n{explanation.remedy}\n"
    )


def _fenced(match: re.Match[str]) -> str:
    lines = "\n".join(line.strip() for line in match[1].splitlines())
    return f"**Examples**:\n\n```console\n{lines}\n```\n"


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
    CHECKS.mkdir(exist_ok=True)
    for page, text in check_pages().items():
        (CHECKS / page).write_text(text, encoding="utf-8")
