"""`alphanest check integrity --fix`, `check repairs` and `check undo`: repairing rows, and taking that back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from alphanest_db.cli.check_options import run_options_of
from alphanest_db.cli.confirmation import confirm_destroying
from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import (
    ConfirmOption,
    DatabaseCommand,
    DryRunOption,
    LockTimeoutOption,
    OutputOption,
    YesOption,
    command_group,
    examples,
)
from alphanest_db.cli.output import Output, Severity
from alphanest_db.cli.render import StatusLine, show, show_stream
from alphanest_db.cli.repair_options import confirmation_of, repair_options_of
from alphanest_db.cli.state import state_of
from alphanest_db.confirmation import Confirmation

if TYPE_CHECKING:
    from alphanest_db.checks.ignores import Ignore
    from alphanest_db.checks.model import Check

app = command_group("Repairs.")


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest check repairs", "alphanest check repairs --output json", "alphanest check repairs 3 --output csv"
    ),
)
def repairs(
    context: typer.Context,
    run: Annotated[
        int | None, typer.Argument(metavar="RUN", min=1, help="Show every row that this one changed.")
    ] = None,
    output: OutputOption = Output.table,
) -> None:
    """List repairs, or show each row that one changed."""
    from alphanest_db.checks.repair.undo import list_repairs, repair_changes
    from alphanest_db.cli.views.repair import changes_grid, runs_view

    state = state_of(context)
    timeout_seconds = state.settings.connect_timeout_seconds
    if run is None:
        found = list_repairs(state.target, timeout_seconds=timeout_seconds)
        return show(found, runs_view(found), output)
    with repair_changes(state.target, run, timeout_seconds=timeout_seconds) as changes:
        return show_stream(changes, changes_grid, output)


@app.command(cls=DatabaseCommand, epilog=examples("alphanest check undo 3 --dry-run", "alphanest check undo 3"))
def undo(
    context: typer.Context,
    run: Annotated[int, typer.Argument(metavar="RUN", min=1, help="Its number; `check repairs` lists them.")],
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    dry_run: DryRunOption = False,
    lock_timeout: LockTimeoutOption = 5.0,
    output: OutputOption = Output.table,
) -> None:
    """Put everything back as it was before a repair.

    In one transaction, and only where nothing newer stands in the way; else it says what does, and changes nothing.
    Asks first; in staging and production for the name of the database.
    """
    from alphanest_db.checks.repair.model import RepairOptions
    from alphanest_db.cli.repair_progress import repair_progress
    from alphanest_db.cli.views.repair import undo_plan_view, undone_view
    from alphanest_db.workflows.repair import plan_undo, undo_confirmed

    state = state_of(context)
    plan = plan_undo(state.announce(), state.settings, run)
    options = RepairOptions(
        dry_run=dry_run,
        lock_timeout_seconds=lock_timeout,
        connect_timeout_seconds=state.settings.connect_timeout_seconds,
    )
    given = Confirmation(yes, confirm)
    confirmation = given if dry_run else confirm_destroying(plan, undo_plan_view(plan), given)
    undone = undo_confirmed(state.target, plan, confirmation, options, progress=repair_progress(StatusLine()))
    show(undone, undone_view(undone, dry_run=dry_run), output)


def fix(
    context: typer.Context,
    checks: Sequence["Check"],
    ignores: Sequence["Ignore"],
    fail_on: Severity,
    output: Output,
) -> ExitCode:
    """Repair what the checks find, after showing it; exits with 1 where something is left."""
    from alphanest_db.checks.model import Level
    from alphanest_db.checks.repair.run import Repair, repair_database
    from alphanest_db.cli.repair_progress import repair_progress
    from alphanest_db.cli.views.repair import plan_view, show_repair
    from alphanest_db.whoever import whoever_runs_this
    from alphanest_db.workflows.checking import platform_of
    from alphanest_db.workflows.repair import plan_repair, platform_companions, repair_confirmed

    state = state_of(context)
    target, settings = state.announce(), state.settings
    options = repair_options_of(context, settings)
    progress = repair_progress(StatusLine())
    repair = Repair(
        checks,
        platform_of(settings),
        platform_companions(),
        ignores,
        options,
        whoever_runs_this(),
        datetime.now(UTC).date(),
    )
    if options.dry_run:
        doing = repair_database(target, repair, progress=progress)
    else:
        plan = plan_repair(target, settings, repair, confirmation_of(context), progress=progress)
        confirmation = confirm_destroying(plan, plan_view(plan), confirmation_of(context))
        doing = repair_confirmed(target, repair, plan, confirmation, progress=progress)
    with doing as report:
        show_repair(report, output)
        return ExitCode.done if report.leaves_nothing(Level(fail_on.value)) else ExitCode.answer_is_bad


def write_revision(
    context: typer.Context, checks: Sequence["Check"], ignores: Sequence["Ignore"], output: Output
) -> ExitCode:
    """Write a migration of what is to be mended in the schema; exits with 1 where something is left that it cannot mend."""
    from alphanest_db.cli.views.repair import mending_view
    from alphanest_db.workflows.mending import write_mending_revision

    state = state_of(context)
    written = write_mending_revision(
        state.target, state.migrations, state.settings, checks, ignores=ignores,
        options=run_options_of(context, state.settings), today=datetime.now(UTC).date(),
    )  # fmt: skip
    show(written, mending_view(written), output)
    return ExitCode.answer_is_bad if written.left else ExitCode.done
