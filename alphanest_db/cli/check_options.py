"""How checks are run: options that all commands which run some have."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from alphanest_db.cli.options import DatabaseCommand, parameters_of
from alphanest_db.settings import Settings

if TYPE_CHECKING:
    from alphanest_db.checks.model import Options

_KEY = "alphanest_db.cli.check_options"
_MOST_JOBS = 32
_LONGEST_SECONDS = 7 * 86_400


def _remember(context: typer.Context, parameter: typer.CallbackParam, value: Any) -> None:  # Any: of any option
    context.meta.setdefault(_KEY, {})[parameter.name] = value


def remembered(*names: str, **rest: Any) -> Any:  # Any: Typer's option has no public type
    """An option whose value is kept with the call, and is no parameter of the command."""
    return typer.Option(*names, callback=_remember, expose_value=False, **rest)


def _run_options(
    samples: Annotated[
        int, remembered("--samples", min=0, max=1000, metavar="N", help="How many findings of each kind to show.")
    ] = 3,
    everything: Annotated[bool, remembered("--all", help="Show all findings, however many: they are streamed.")] = False,
    jobs: Annotated[int, remembered("--jobs", "-j", min=1, max=_MOST_JOBS, help="How many processes of the server to use.")] = 2,
    statement_timeout: Annotated[
        float,
        remembered(
            "--statement-timeout", min=0, max=_LONGEST_SECONDS, metavar="SECONDS",
            help="How long a statement may take before its checks are skipped; 0 for no limit.",
        ),
    ] = 0,
    max_rows: Annotated[
        int | None, remembered("--max-rows", min=0, metavar="N", help="Leave out tables with more rows than this.")
    ] = None,
) -> None:  # fmt: skip
    """Only its parameters matter."""


class RunCommand(DatabaseCommand):
    """A command that runs checks: it takes how many findings to show, on how many connections, and how long that may take."""

    def __init__(self, *args: Any, params: list[Any] | None = None, **rest: Any) -> None:  # Any: handed on
        super().__init__(*args, params=[*(params or []), *parameters_of(_run_options)], **rest)


def run_options_of(context: typer.Context, settings: Settings) -> "Options":
    """What was said of how to run."""
    from alphanest_db.checks.model import Options

    said = said_of(context)
    return Options(
        said["samples"], said["everything"], said["jobs"], said["statement_timeout"], max_rows=said["max_rows"],
        connect_timeout_seconds=settings.connect_timeout_seconds,
    )  # fmt: skip


def said_of(context: typer.Context) -> dict[str, Any]:  # Any: of any option
    """What was said by the options that are kept with the call, by their names."""
    said: dict[str, Any] = context.meta[_KEY]
    return said
