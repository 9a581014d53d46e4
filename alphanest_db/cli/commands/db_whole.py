"""The commands of `alphanest db` that are about the database as a whole: make it, drop it, wait for it, talk to it.

Every function imports its capability itself, so that help and completion stay light.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from alphanest_db.cli.confirmation import confirm_destroying
from alphanest_db.cli.grids import Lines
from alphanest_db.cli.options import (
    ConfirmOption,
    DatabaseCommand,
    DryRunOption,
    OutputOption,
    WaitOption,
    YesOption,
    command_group,
    examples,
)
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, show
from alphanest_db.cli.state import state_of
from alphanest_db.confirmation import Confirmation

app = command_group("The database as a whole.")


@app.command(cls=DatabaseCommand, epilog=examples("alphanest db create"))
def create(context: typer.Context, output: OutputOption = Output.table) -> None:
    """Create the database."""
    from alphanest_db.database.databases import create_database

    state = state_of(context)
    made = create_database(state.announce(), timeout_seconds=state.settings.connect_timeout_seconds)
    show(made, [Lines([f"created the database {made.database}"])], output)


@app.command(cls=DatabaseCommand, epilog=examples("alphanest db drop", "alphanest db drop --dry-run"))
def drop(
    context: typer.Context,
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    force: Annotated[bool, typer.Option("--force", help="End the sessions of others in it.")] = False,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.table,
) -> None:
    """Drop the database, after saying what would be lost.

    Asks first; in staging and production for the name of the database.
    """
    from alphanest_db.cli.views.db import drop_plan_view
    from alphanest_db.workflows.drop import drop_confirmed, plan_drop

    state = state_of(context)
    plan = plan_drop(state.announce(), state.settings)
    view = drop_plan_view(plan)
    if dry_run:
        return show(plan, view, output)
    confirmation = confirm_destroying(plan, view, Confirmation(yes, confirm))
    dropped = drop_confirmed(state.target, state.settings, plan, confirmation, force=force)
    return show(dropped, [Lines([f"dropped the database {dropped.database}"])], output)


@app.command(cls=DatabaseCommand, epilog=examples("alphanest db wait", "alphanest db wait --wait 120"))
def wait(context: typer.Context, wait: WaitOption = 60, output: OutputOption = Output.table) -> None:
    """Wait until the database answers.

    Exits with 4 where it does not in time, and at once where waiting is no help, such as with a wrong password.
    """
    from alphanest_db.cli.progress import waiting_progress
    from alphanest_db.cli.views.db import reached_view
    from alphanest_db.database.wait import wait_for_server

    state = state_of(context)
    line = StatusLine()
    reached = wait_for_server(
        state.target, wait_seconds=wait, timeout_seconds=state.settings.connect_timeout_seconds,
        progress=waiting_progress(line),
    )  # fmt: skip
    line.clear()
    show(reached, reached_view(reached), output)


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest db shell",
        'alphanest db shell -c "SELECT count(*) FROM users"',
        "alphanest db shell -f report.sql",
    ),
)
def shell(
    context: typer.Context,
    command: Annotated[str | None, typer.Option("--command", "-c", help="Run this command, and leave.")] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", "-f", help="Run this file up to the first error, and leave."),
    ] = None,
) -> None:
    """Open psql on the database, or run a command or a file.

    A script can come from standard input too. The password stays out of the process list. A command or a script is stopped by
    its first error, and then the exit code is 3.
    """
    from alphanest_db.programs.psql import run_psql

    state = state_of(context)
    timeout_seconds = state.settings.connect_timeout_seconds
    run_psql(
        state.target, os.environ, command=command, file=file, interactive=sys.stdin.isatty(), timeout_seconds=timeout_seconds
    )  # fmt: skip


@app.command(cls=DatabaseCommand, epilog=examples("alphanest db url", "alphanest db url --show-password"))
def url(
    context: typer.Context,
    show_password: Annotated[bool, typer.Option("--show-password", help="Write the password out.")] = False,
) -> None:
    """Show the URL of the database that is used."""
    text = state_of(context).target.url(show_password=show_password)
    show(text, [Lines([text])])
