"""How `check integrity` repairs: options beside those of all commands that run checks."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from alphanest_db.cli.check_options import RunCommand, remembered, said_of
from alphanest_db.cli.options import parameters_of
from alphanest_db.cli.output import CheckOutput, Output, Policy
from alphanest_db.confirmation import Confirmation
from alphanest_db.errors import InvalidInput
from alphanest_db.settings import Settings

if TYPE_CHECKING:
    from alphanest_db.checks.repair.model import RepairOptions

_LONGEST_SECONDS = 7 * 86_400
# What says how to repair, and the word for it.
_OF_FIX = {
    "dry_run": "--dry-run",
    "yes": "--yes",
    "confirm": "--confirm",
    "orphans": "--orphans",
    "lock_timeout": "--lock-timeout",
}


class Mode(StrEnum):
    """What is done about what the checks find."""

    look = "look"
    fix = "fix"
    write = "write"


def _repair_options(
    fix: Annotated[bool, remembered("--fix", help="Repair what is certain, in one transaction that can be undone.")] = False,
    dry_run: Annotated[
        bool, remembered("--dry-run", help="With --fix: do it all, show every change, and take it back.")
    ] = False,
    orphans: Annotated[
        Policy | None,
        remembered(
            "--orphans", show_default="quarantine",
            help="With --fix: put rows that refer to nothing aside, delete them, or give them NULL.",
        ),
    ] = None,
    yes: Annotated[bool, remembered("--yes", "-y", help="With --fix: do not ask.")] = False,
    confirm: Annotated[
        str | None,
        remembered("--confirm", metavar="NAME", help="The database's name; needed in staging and production."),
    ] = None,
    lock_timeout: Annotated[
        float | None,
        remembered(
            "--lock-timeout", min=0.001, max=_LONGEST_SECONDS, metavar="SECONDS", show_default="5",
            help="With --fix: how long to wait for a row or a table.",
        ),
    ] = None,
    write_revision: Annotated[
        bool,
        remembered("--write-revision", help="Write a migration of what is to be mended in the schema, safe in use."),
    ] = False,
) -> None:  # fmt: skip
    """Only its parameters matter."""


class RepairCommand(RunCommand):
    """A command that runs checks and repairs what they find."""

    def __init__(self, *args: Any, params: list[Any] | None = None, **rest: Any) -> None:  # Any: handed on
        super().__init__(*args, params=[*(params or []), *parameters_of(_repair_options)], **rest)


def mode_of(context: typer.Context) -> Mode:
    """What was asked for. Raises InvalidInput for options that do not go together."""
    said = said_of(context)
    if said["fix"] and said["write_revision"]:
        raise InvalidInput("--fix is about rows, --write-revision about the schema", "Give one after the other.")
    alone = [word for option, word in _OF_FIX.items() if said[option]]
    if alone and not said["fix"]:
        raise InvalidInput(f"{alone[0]} goes with --fix", "Add it, or leave that out.")
    if said["fix"] and said["max_rows"] is not None:
        raise InvalidInput("--max-rows does not go with --fix", "Leave whole checks out with --skip instead.")
    return Mode.fix if said["fix"] else Mode.write if said["write_revision"] else Mode.look


def confirmation_of(context: typer.Context) -> Confirmation:
    """What was said about being sure."""
    said = said_of(context)
    return Confirmation(said["yes"], said["confirm"])


def repair_options_of(context: typer.Context, settings: Settings) -> "RepairOptions":
    """What was said of how to repair."""
    from alphanest_db.checks.repair.model import Orphans, RepairOptions

    said = said_of(context)
    return RepairOptions(
        Orphans((said["orphans"] or Policy.quarantine).value), said["dry_run"], said["samples"], said["everything"], said["jobs"],
        said["lock_timeout"] or RepairOptions.lock_timeout_seconds, said["statement_timeout"],
        connect_timeout_seconds=settings.connect_timeout_seconds,
    )  # fmt: skip


def plain_output(output: CheckOutput) -> Output:
    """The form of an answer that is no report of checks. Raises InvalidInput for those that are for reports alone."""
    if output in (CheckOutput.sarif, CheckOutput.junit):
        raise InvalidInput(f"{output} is a form of what checks find", "Choose table, json or csv.")
    return Output(output.value)
