"""`alphanest reset`: a database that begins anew."""

import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from alphanest_db.cli.commands.seed_synthetic import Scale, ScaleOption, SeedOption
from alphanest_db.cli.confirmation import confirm_destroying
from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import (
    ConfirmOption,
    DatabaseCommand,
    DryRunOption,
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

app = command_group("Begin anew.")


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest reset --demo",
        "alphanest reset --empty --dry-run",
        "alphanest reset --synthetic --scale 10 --drop-old",
    ),
)
def reset(
    context: typer.Context,
    demo: Annotated[bool, typer.Option("--demo", help="Put the demo data in.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Put no rows in, as without any of these.")] = False,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Put a synthetic platform in, as `seed synthetic` does.")
    ] = False,
    scale: ScaleOption = Scale.one,
    seed: SeedOption = 1,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Take no backup first.")] = False,
    drop_old: Annotated[
        bool, typer.Option("--drop-old", help="Drop the old database at the end, if the backup holds all of it.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Go on although others write; it stays with the old database.")
    ] = False,
    lock_wait: LockWaitOption = 30,
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.table,
) -> ExitCode:
    """Begin anew: back up, make, migrate, fill and swap.

    Shows first what would be lost. A new database is made beside the old one and takes its name when all is well, so that a
    failure, or a kill, at any step leaves the old one serving. The old one is kept: `alphanest restore undo` swaps back.
    Exits with 1 where --drop-old could not drop it.
    """
    from alphanest_db.cli.reset_progress import reset_report
    from alphanest_db.cli.views.reset import reset_plan_view, reset_view
    from alphanest_db.seeding.synthetic.parameters import Parameters
    from alphanest_db.workflows.reset import reset_confirmed
    from alphanest_db.workflows.reset_plan import ResetOrder, choose_filling, plan_reset

    state, now = state_of(context), datetime.now(UTC)
    filling = choose_filling(demo=demo, empty=empty, synthetic=synthetic)
    parameters = Parameters.at_scale(int(scale), seed=seed, until=now.date()) if synthetic else None
    order = ResetOrder(filling, parameters, not no_backup, drop_old, force, lock_wait)
    plan = plan_reset(state.announce(), state.settings, order, now=now)
    view = reset_plan_view(plan)
    if dry_run:
        show(plan, view, output)
        return ExitCode.done
    confirmation = confirm_destroying(plan, view, Confirmation(yes, confirm))
    done = reset_confirmed(
        state.target, state.settings, state.migrations, order, plan, confirmation, os.environ,
        now=now, report=reset_report(StatusLine(), order),
    )  # fmt: skip
    show(done, reset_view(done), output)
    return ExitCode.answer_is_bad if drop_old and done.kept else ExitCode.done
