"""Writes docs/cli.md from the commands themselves; a test compares the two."""

import re
from pathlib import Path

import typer
from typer.cli import get_docs_for_click

from alphanest_db.cli.app import app

REFERENCE = Path(__file__).parent / "cli.md"
_EXAMPLES = re.compile(r"\x08\nExamples:\n((?:  .*\n?)+)")


def reference() -> str:
    """The whole command reference, as Markdown."""
    program = typer.main.get_command(app)
    context = typer.Context(program, info_name="alphanest")
    text = get_docs_for_click(obj=program, ctx=context, name="alphanest", title="Command reference")
    return _EXAMPLES.sub(_fenced, text).strip() + "\n"


def _fenced(match: re.Match[str]) -> str:
    lines = "\n".join(line.strip() for line in match[1].splitlines())
    return f"**Examples**:\n\n```console\n{lines}\n```\n"


if __name__ == "__main__":
    REFERENCE.write_text(reference(), encoding="utf-8")
