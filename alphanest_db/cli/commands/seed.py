"""`alphanest seed`: demo data, sets of seeds, and synthetic data."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from alphanest_db.cli.commands import seed_sets, seed_synthetic
from alphanest_db.cli.default_command import DefaultGroup
from alphanest_db.cli.options import DatabaseCommand, OutputOption, command_group, examples
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import show
from alphanest_db.cli.state import state_of


class SeedGroup(DefaultGroup):
    """`seed` alone is `seed demo`, with all its options."""

    default = "demo"


app = command_group("Put data in: `seed` alone is `seed demo`.", cls=SeedGroup)

ForceOption = Annotated[bool, typer.Option("--force", help="Put demo rows that were changed back as they were.")]


@app.callback()
def seed() -> None:
    """Put data in: `seed` alone is `seed demo`."""


@app.command(cls=DatabaseCommand, epilog=examples("alphanest seed", "alphanest seed demo --force"))
def demo(context: typer.Context, force: ForceOption = False, output: OutputOption = Output.table) -> None:
    """Put in three traders with booths, items and trades.

    Rows that are there stay as they are, so it can be run again; all in one transaction. Refused with pending migrations,
    and in staging and production. New API keys are shown once.
    """
    from alphanest_db.cli.views.seed import seed_view
    from alphanest_db.workflows.demo import seed_demo_data

    state = state_of(context)
    result = seed_demo_data(state.announce(), state.settings, state.migrations, now=datetime.now(UTC), force=force)
    show(result, seed_view(result), output)


app.registered_commands += seed_sets.app.registered_commands
app.registered_commands += seed_synthetic.app.registered_commands
