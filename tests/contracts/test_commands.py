"""What holds for every command that there is, and will be."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from alphanest_db.cli.app import app
from tests.conftest import ROOT, Cli, On
from tests.conftest import clean_environment as environment

LIST_WIDTH = 80 - 2 - 6  # what Typer's list of commands has for a name and its summary on a terminal of 80 columns
HEAVY = ("sqlalchemy", "alembic", "psycopg2", "pydantic", "rich.table")


def walk(
    command: Any, path: str = "alphanest"
) -> Iterator[tuple[str, Any]]:  # Any: Typer's commands have no public type
    yield path, command
    for name in getattr(command, "commands", {}):
        yield from walk(command.commands[name], f"{path} {name}")


ROOT_COMMAND = typer.main.get_command(app)
ALL = dict(walk(ROOT_COMMAND))
COMMANDS = {path: command for path, command in ALL.items() if not hasattr(command, "commands")}


def examples_of(command: Any) -> list[str]:
    lines = (command.epilog or "").splitlines()
    return [line.strip() for line in lines if line.strip().startswith(("alphanest", "psql"))]


@pytest.mark.parametrize("path", [*ALL][1:])
def test_summary_fits_into_the_command_list(path: str) -> None:
    summary = ALL[path].get_short_help_str(1000)
    longest_name = max(map(len, ALL[path.rpartition(" ")[0]].commands))
    assert 0 < len(summary) <= LIST_WIDTH - longest_name, summary


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_an_example_of_itself(path: str) -> None:
    shown = examples_of(COMMANDS[path])
    short = path.replace("seed demo", "seed").replace("restore from", "restore")
    assert any(line.startswith((path, short)) for line in shown), shown


@pytest.mark.parametrize("line", [line for command in COMMANDS.values() for line in examples_of(command)])
def test_every_example_can_be_parsed(line: str) -> None:
    words = shlex.split(line.partition("$(")[2].rstrip(")") or line)
    assert words[0] == "alphanest"
    command, arguments = ROOT_COMMAND, words[1:]
    while hasattr(command, "commands"):
        command, arguments = _next(command, arguments)
    command.make_context(line, list(arguments))


def _next(group: Any, arguments: list[str]) -> tuple[Any, list[str]]:
    if arguments and arguments[0] in group.commands:
        return group.commands[arguments[0]], arguments[1:]
    return group.commands[getattr(group, "default", "demo")], arguments  # `seed` alone


@pytest.mark.parametrize("path", COMMANDS)
def test_every_parameter_has_help(path: str) -> None:
    silent = [parameter.name for parameter in COMMANDS[path].params if not getattr(parameter, "help", None)]
    assert silent == []


def loaded_by(*arguments: str, **environ: str) -> set[str]:
    """Which heavy packages a call of the program has loaded at its end."""
    code = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print('\\nLOADED', *[m for m in {HEAVY!r} if m in sys.modules]))\n"
        "from alphanest_db.cli.boundary import main\n"
        f"sys.argv = {['alphanest', *arguments]!r}\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment() | environ, capture_output=True, text=True, check=False
    )
    return set(done.stdout.rpartition("LOADED")[2].split())


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("db", "--help"), ("db", "upgrade", "--help"), ("frob",)]
)
def test_help_and_version_load_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert loaded_by(*arguments) == set()


@pytest.mark.parametrize("typed", ["alphanest ", "alphanest db up", "alphanest seed --fo"])
def test_completion_loads_nothing_heavy(typed: str) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1)}
    assert loaded_by(_ALPHANEST_COMPLETE="complete_bash", **words) == set()


def test_completion_knows_the_commands(cli: Cli) -> None:
    typed = {"_ALPHANEST_COMPLETE": "complete_bash", "COMP_WORDS": "alphanest db up", "COMP_CWORD": "2"}
    done = subprocess.run(
        [sys.executable, "-c", "from alphanest_db.cli.boundary import main; main()"],
        env=cli.environ | typed, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["upgrade"]


@pytest.mark.parametrize(
    "arguments",
    [("db", "current"), ("db", "current", "--output", "json"), ("db", "check", "--pending"), ("db", "upgrade")],
    ids=" ".join,
)
def test_up_to_date_database_is_answered_without_alembic(arguments: tuple[str, ...], database: Any, on: On) -> None:
    url = on(database).environ["DATABASE_URL"]
    assert loaded_by(*arguments, DATABASE_URL=url) <= {"psycopg2"}


def test_only_the_renderer_writes() -> None:
    writers = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "alphanest_db").rglob("*.py")
        if re.search(r"\bprint\(|sys\.stdout\.write|sys\.stderr\.write|typer\.echo\(", path.read_text())
    }
    assert writers == {"alphanest_db/cli/render.py", "alphanest_db/cli/tables.py"}


@pytest.mark.parametrize("document", ["README.md", ".env.example"])
def test_every_variable_is_documented(document: str) -> None:
    read = set(
        re.findall(r'"((?:ALPHANEST|DB)_[A-Z_]+|DATABASE_URL)"', (ROOT / "alphanest_db/settings.py").read_text())
    )
    text = Path(ROOT / document).read_text()
    assert {name for name in read if name not in text} == set()
