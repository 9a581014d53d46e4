"""`alphanest restore`: a dump takes the place of a database, and back."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from alphanest_db.cli.confirmation import confirm_destroying
from alphanest_db.cli.default_command import DefaultGroup
from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import (
    ConfirmOption,
    DatabaseCommand,
    DryRunOption,
    JobsOption,
    LockWaitOption,
    OutputOption,
    YesOption,
    command_group,
    examples,
)
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, show
from alphanest_db.cli.state import state_of
from alphanest_db.confirmation import Confirmation


class RestoreGroup(DefaultGroup):
    """`restore SOURCE` is `restore from SOURCE`, and `restore --clean-up` is `restore clean-up`."""

    default = "from"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # Any: Typer's context here has no public type
        """As a group's, with --clean-up for the command of that name."""
        if "--clean-up" in args:
            args = ["clean-up", *(arg for arg in args if arg != "--clean-up")]
        return super().parse_args(ctx, args)

    def is_left_out(self, ctx: Any, args: list[str]) -> bool:  # Any: as above
        """Whatever is no command's name is a source's; nothing at all asks for help."""
        return bool(args) and args[0] not in (*ctx.help_option_names, *self.commands)


app = command_group(
    """Restore a backup, as in `restore latest`, or undo that.

    `restore SOURCE` is `restore from SOURCE`: the name of a backup, the beginning of it, latest, a dump that pg_dump made, or -
    for one on standard input. `restore --clean-up` is `restore clean-up`.
    """,
    cls=RestoreGroup,
)


@app.command(
    "from",
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest restore latest", "alphanest restore latest --dry-run", "alphanest restore from dump.sql.gz --into trial",
        "alphanest restore - --yes",
        "alphanest restore 20261124-0930 --confirm alphanest",
    ),
)  # fmt: skip
def restore_from(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="A backup's name or the beginning of it, latest, a file, or -.")],
    into: Annotated[
        str | None, typer.Option("--into", metavar="NAME", help="Make a copy under this name, and touch nothing else.")
    ] = None,
    upgrade: Annotated[
        bool, typer.Option("--upgrade", help="Run the migrations that are pending in the dump before it goes live.")
    ] = False,
    folder: Annotated[Path | None, typer.Option("--from", metavar="DIR", help="Where the backups are.")] = None,
    jobs: JobsOption = 0,
    lock_wait: LockWaitOption = 30,
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.table,
) -> ExitCode:
    """Restore a backup or a dump; the live database is kept.

    It is restored into a new database beside the live one, compared row by row with what was backed up, and then takes its
    name; the old one is kept. Exits with 1 where rows violate a foreign key. A role that may not create databases restores in
    place, in one transaction.
    """
    from alphanest_db.cli.progress import run_report
    from alphanest_db.cli.restore_progress import restore_report
    from alphanest_db.cli.views.restore import restore_plan_view, restored_view
    from alphanest_db.workflows.restore import RestoreOrder, plan_guarded_restore, restore_confirmed
    from alphanest_db.workflows.sources import opened_source

    state, line, now = state_of(context), StatusLine(), datetime.now(UTC)
    order = RestoreOrder(into, upgrade, jobs or min(4, os.cpu_count() or 1), lock_wait)
    report = restore_report(line)
    target = state.announce()
    with opened_source(source, state.settings, target, folder, sys.stdin.buffer, report=report) as dump:
        plan = plan_guarded_restore(target, state.settings, state.migrations, dump, order, now=now)
        view = restore_plan_view(plan)
        if dry_run:
            show(plan, view, output)
            return ExitCode.done
        confirmation = confirm_destroying(plan, view, Confirmation(yes, confirm))
        restored = restore_confirmed(
            target, state.settings, state.migrations, dump, order, plan, confirmation, os.environ,
            now=now, report=report, run_report=run_report(line),
        )  # fmt: skip
    show(restored, restored_view(restored), output)
    return ExitCode.done if restored.is_clean else ExitCode.answer_is_bad


@app.command(cls=DatabaseCommand, epilog=examples("alphanest restore undo", "alphanest restore undo --dry-run"))
def undo(
    context: typer.Context,
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    dry_run: DryRunOption = False,
    lock_wait: LockWaitOption = 30,
    output: OutputOption = Output.table,
) -> None:
    """Swap back to the database that was live before.

    After a restore or a reset. The new one is kept in its turn: undo again, and it is live again. No row of either is lost.
    """
    from alphanest_db.cli.views.restore import undo_plan_view, undone_view
    from alphanest_db.workflows.restore import plan_undo, undo_confirmed

    state = state_of(context)
    plan = plan_undo(state.announce(), state.settings)
    view = undo_plan_view(plan)
    if dry_run:
        return show(plan, view, output)
    confirmation = confirm_destroying(plan, view, Confirmation(yes, confirm))
    undone = undo_confirmed(
        state.target, state.settings, plan, confirmation, now=datetime.now(UTC), lock_wait_seconds=lock_wait
    )
    return show(undone, undone_view(undone), output)


@app.command(
    "clean-up",
    cls=DatabaseCommand,
    epilog=examples("alphanest restore clean-up", "alphanest restore clean-up --keep 1 --yes"),
)
def clean_up(
    context: typer.Context,
    keep: Annotated[int, typer.Option("--keep", min=0, metavar="N", help="Keep the newest N of them.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="End the sessions of others in them.")] = False,
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    dry_run: DryRunOption = False,
    lock_wait: LockWaitOption = 30,
    output: OutputOption = Output.table,
) -> None:
    """Drop the databases that restores and resets have kept.

    What replaced them cannot be undone afterwards. Asks first, and names their sizes.
    """
    from alphanest_db.cli.views.restore import clean_up_plan_view, cleaned_up_view
    from alphanest_db.workflows.restore import clean_up_confirmed, plan_clean_up

    state = state_of(context)
    plan = plan_clean_up(state.announce(), state.settings, keep=keep)
    view = clean_up_plan_view(plan)
    if dry_run:
        return show(plan, view, output)
    confirmation = confirm_destroying(plan, view, Confirmation(yes, confirm))
    cleaned = clean_up_confirmed(
        state.target, state.settings, plan, confirmation, force=force, lock_wait_seconds=lock_wait
    )
    return show(cleaned, cleaned_up_view(cleaned), output)
