"""Options that many commands have, each defined once."""

import difflib
import re
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from alphanest_db.cli.light import LightCommand, LightGroup
from alphanest_db.cli.output import Output
from alphanest_db.cli.state import state_of
from alphanest_db.errors import InvalidInput

_RELATIVE_REVISION = re.compile(r"-\d+")


def _seconds(name: str, *, least: float, summary: str) -> Any:  # Any: Typer's option has no public type
    longest = 7 * 86_400
    return typer.Option(name, min=least, max=longest, metavar="SECONDS", help=summary)


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="The form of the answer.")]
IgnoreFileOption = Annotated[
    Path | None,
    typer.Option(
        "--ignore-file", metavar="FILE", help="Drift to live with; else alphanest-ignore.toml, if there is one."
    ),
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
ConfirmOption = Annotated[
    str | None, typer.Option("--confirm", metavar="NAME", help="The database's name; needed in staging and production.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and change nothing.")]
WaitOption = Annotated[float, _seconds("--wait", least=0, summary="How long to wait for the server to answer.")]
LockWaitOption = Annotated[
    float, _seconds("--lock-wait", least=0, summary="How long to wait for others who are at work.")
]
JobsOption = Annotated[
    int,
    typer.Option(
        "--jobs", "-j", min=0, max=64, help="How many processes work at once; 0 for as many as there are cores."
    ),
]
LockTimeoutOption = Annotated[
    float, _seconds("--lock-timeout", least=0.001, summary="How long a statement waits for a table.")
]
RetriesOption = Annotated[
    int, typer.Option("--retries", min=0, max=100, help="How often to try again when a table was not free.")
]
StatementTimeoutOption = Annotated[
    float, _seconds("--statement-timeout", least=0, summary="How long a statement may take; 0 for no limit.")
]
WaitForBlockersOption = Annotated[
    bool,
    typer.Option(
        "--wait",
        help="Wait for old transactions on a migration's tables before it begins, as long as --lock-wait says.",
    ),
]
AbortOption = Annotated[
    bool, typer.Option("--abort", help="Give up where old transactions are in the way; this is what happens in CI.")
]
TerminateOption = Annotated[bool, typer.Option("--terminate", help="End the sessions of old transactions in the way.")]
UserArgument = Annotated[str, typer.Argument(metavar="USER", help="By id, e-mail or username; case does not matter.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many, at most.")]
AfterOption = Annotated[
    str | None, typer.Option("--after", metavar="PLACE", help="Go on after the place that the page before ended with.")
]
AllOption = Annotated[bool, typer.Option("--all", help="All of them, instead of a page.")]


def _remember_url(context: typer.Context, value: str | None) -> None:
    if value is not None:
        state_of(context).database_url = value


def _remember_env_file(context: typer.Context, value: Path | None) -> None:
    if value is not None:
        state_of(context).env_file = value


UrlOption = Annotated[
    str | None,
    typer.Option(
        "--database-url", metavar="URL", callback=_remember_url, expose_value=False,
        help="The database, instead of DATABASE_URL. A password here shows in the process list.",
    ),
]  # fmt: skip
EnvFileOption = Annotated[
    Path | None,
    typer.Option(
        "--env-file", metavar="FILE", callback=_remember_env_file, expose_value=False,
        help="Read settings from this file instead of the nearest .env.",
    ),
]  # fmt: skip


def _database_options(database_url: UrlOption = None, env_file: EnvFileOption = None) -> None:
    """Only its parameters matter."""


def _local_options(env_file: EnvFileOption = None) -> None:
    """Only its parameters matter."""


def parameters_of(function: Any) -> list[Any]:  # Any: Typer's parameters have no public type
    """The parameters of a function as Typer makes them."""
    app = typer.Typer(add_completion=False)
    app.command()(function)
    return list(typer.main.get_command(app).params)


class DatabaseCommand(LightCommand):
    """A command that works on a database: it takes --database-url and --env-file, as the program itself does."""

    def __init__(self, *args: Any, params: list[Any] | None = None, **rest: Any) -> None:  # Any: handed on
        super().__init__(*args, params=[*(params or []), *parameters_of(_database_options)], **rest)


class LocalCommand(LightCommand):
    """A command that works on this machine's embedded server: it takes --env-file."""

    def __init__(self, *args: Any, params: list[Any] | None = None, **rest: Any) -> None:  # Any: handed on
        super().__init__(*args, params=[*(params or []), *parameters_of(_local_options)], **rest)


class RevisionCommand(DatabaseCommand):
    """A database command that takes `-1` for a revision, and no option."""

    def __init__(self, *args: Any, **rest: Any) -> None:  # Any: handed on
        super().__init__(*args, **{**rest, "context_settings": {"ignore_unknown_options": True}})


def no_option(context: typer.Context, value: str) -> str:
    """The revision that was typed; Raises InvalidInput where it is a mistyped option."""
    if not value.startswith("-") or _RELATIVE_REVISION.fullmatch(value):
        return value
    options = [name for parameter in context.command.params for name in parameter.opts if name.startswith("--")]
    near = difflib.get_close_matches(value, options)
    suggestion = f"Did you mean {' or '.join(near)}? " if near else ""
    raise InvalidInput(f"no such option: {value}", f"{suggestion}`{context.command_path} --help` shows what there is.")


def command_group(summary: str, *, cls: type[TyperGroup] = LightGroup) -> typer.Typer:
    """An empty group of commands."""
    return typer.Typer(cls=cls, help=summary, add_completion=False, rich_markup_mode=None, no_args_is_help=True)


def examples(*lines: str) -> str:
    """The end of a command's help: calls that work."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
