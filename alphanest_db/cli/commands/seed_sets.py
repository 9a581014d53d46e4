"""`alphanest seed list`, `plan`, `apply` and `undo`: sets of seeds."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from alphanest_db.cli.confirmation import confirm_destroying
from alphanest_db.cli.options import (
    ConfirmOption,
    DatabaseCommand,
    DryRunOption,
    OutputOption,
    YesOption,
    command_group,
    examples,
)
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import show
from alphanest_db.cli.state import state_of
from alphanest_db.confirmation import Confirmation

app = command_group("Sets of seeds.")

SetsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SET]...", help="Which sets; all of the folder that are for this environment."),
]
FolderOption = Annotated[
    Path | None, typer.Option("--from", metavar="DIR", help="The folder of the sets' files, instead of seeds.")
]


@app.command(
    "list",
    cls=DatabaseCommand,
    epilog=examples("alphanest seed list", "alphanest seed list --runs", "alphanest seed list --from db/seeds"),
)
def list_seeds(
    context: typer.Context,
    folder: FolderOption = None,
    runs: Annotated[
        bool, typer.Option("--runs", help="Show what was put in when, by whom, and whether it was undone.")
    ] = False,
    output: OutputOption = Output.table,
) -> None:
    """Show the sets: where each may go, and whether it is in.

    Sets are ours (demo, synthetic) and the .json, .csv and .sql files of the folder seeds; docs/seeds.md tells their form.
    """
    from alphanest_db.cli.views.seed_sets import runs_view, sets_view
    from alphanest_db.workflows.seed_undo import list_seed_runs
    from alphanest_db.workflows.seeds import list_sets

    state = state_of(context)
    if runs:
        found = list_seed_runs(state.target, state.settings)
        return show(found, runs_view(found), output)
    sets = list_sets(state.target, state.settings, folder, now=datetime.now(UTC))
    return show(sets, sets_view(sets), output)


@app.command(
    cls=DatabaseCommand, epilog=examples("alphanest seed plan", "alphanest seed plan demo starter --output json")
)
def plan(
    context: typer.Context,
    sets: SetsArgument = None,
    folder: FolderOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Show what sets would put in, change and leave, table by table.

    They are put in with all that they depend on, and rolled back: what is shown is what would happen.
    """
    from alphanest_db.cli.views.seed_sets import plan_view
    from alphanest_db.workflows.seeds import SeedOrder, plan_seeds

    state = state_of(context)
    order = SeedOrder(tuple(sets or ()), folder, datetime.now(UTC))
    found = plan_seeds(state.target, state.settings, state.migrations, order)
    show(found, plan_view(found), output)


@app.command(
    cls=DatabaseCommand, epilog=examples("alphanest seed apply", "alphanest seed apply starter --from db/seeds")
)
def apply(
    context: typer.Context,
    sets: SetsArgument = None,
    folder: FolderOption = None,
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Put sets in: missing rows come, other ones become the set's.

    All in one transaction, in the order in which they depend on each other, and only where their headers allow it. Run again, it
    says that there is nothing to do. Each set is a run, which `seed undo` takes back.
    """
    from alphanest_db.cli.views.seed_sets import plan_view, seeded_view
    from alphanest_db.workflows.seeds import SeedOrder, apply_confirmed, plan_seeds

    state = state_of(context)
    order = SeedOrder(tuple(sets or ()), folder, datetime.now(UTC))
    found = plan_seeds(state.announce(), state.settings, state.migrations, order)
    confirmation = confirm_destroying(found, plan_view(found), Confirmation(yes, confirm))
    done = apply_confirmed(state.target, state.settings, state.migrations, order, found, confirmation, os.environ)
    show(done, seeded_view(done), output)


@app.command(cls=DatabaseCommand, epilog=examples("alphanest seed undo 7", "alphanest seed undo 7 --dry-run"))
def undo(
    context: typer.Context,
    run: Annotated[
        int, typer.Argument(metavar="RUN", min=1, help="The number of the run; `seed list --runs` shows it.")
    ],
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.table,
) -> None:
    """Take back what a run put in and changed.

    Rows that it put in go, rows that it changed are what they were. A row that was changed since, or that newer ones refer to,
    stands in the way: it is named, and nothing is changed.
    """
    from alphanest_db.cli.views.seed_sets import undo_plan_view, undone_view
    from alphanest_db.workflows.seed_undo import planned_seed_undo

    state = state_of(context)
    with planned_seed_undo(state.announce(), state.settings, run, os.environ) as found:
        view = undo_plan_view(found.plan)
        if dry_run:
            return show(found.plan, view, output)
        undone = found.apply(confirm_destroying(found.plan, view, Confirmation(yes, confirm)))
    return show(undone, undone_view(undone), output)
