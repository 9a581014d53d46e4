"""`alphanest db revision|check`: the models, the migrations and the database, and whether they agree."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import DatabaseCommand, IgnoreFileOption, OutputOption, command_group, examples
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import show
from alphanest_db.cli.state import state_of

app = command_group("Models, migrations and database.")


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        'alphanest db revision -m "add phone"',
        'alphanest db revision -m "add phone" --autogenerate',
        'alphanest db revision -m "add phone" --autogenerate --safe',
    ),
)
def revision(
    context: typer.Context,
    message: Annotated[str, typer.Option("--message", "-m", help="What the revision does, in a few words.")],
    autogenerate: Annotated[
        bool, typer.Option("--autogenerate", help="Write what makes the database like the models.")
    ] = False,
    safe: Annotated[
        bool, typer.Option("--safe", help="With --autogenerate: write it so that the application can go on meanwhile.")
    ] = False,
    output: OutputOption = Output.table,
) -> None:
    """Write a new migration file, on top of the newest one.

    With --autogenerate, none where models and database agree. With --safe, up to three that follow each other: what comes in
    at once, what is built and validated while others read and write, and what is dropped. What rewrites a table or loses rows
    has a comment that says so.
    """
    from alphanest_db.cli.views.models import revision_view
    from alphanest_db.schema.authoring.create import create_revision

    state = state_of(context)
    target = state.target if autogenerate else None
    timeout_seconds = state.settings.connect_timeout_seconds
    made = create_revision(state.migrations, message, target=target, safe=safe, timeout_seconds=timeout_seconds)
    show(made, revision_view(made), output)


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest db check", "alphanest db check --pending", "alphanest db check --no-drift --output json"
    ),
)
def check(
    context: typer.Context,
    pending: Annotated[
        bool, typer.Option("--pending", help="Only look for pending migrations, which is fast.")
    ] = False,
    no_drift: Annotated[
        bool, typer.Option("--no-drift", help="Make no scratch database: compare the models with the database itself.")
    ] = False,
    ignore_file: IgnoreFileOption = None,
    output: OutputOption = Output.table,
) -> ExitCode:
    """Exit with 1 where anything is pending, differs or drifts.

    Compares the models with what the migrations make, and the database with what they make up to where it stands, on a
    scratch database. Where none can be made, drift is skipped, and the answer says why.

    JSON: database, pending (ids), differences (kind, table, object, description), compared, drift (as in db drift, or null), and
    skipped (part, reason).
    """
    from alphanest_db.cli.views.models import check_view
    from alphanest_db.schema.check import DriftLook, check_pending, check_schema
    from alphanest_db.schema.drift.ignores import read_ignores

    state = state_of(context)
    timeout_seconds = state.settings.connect_timeout_seconds
    ignores, today = read_ignores(ignore_file, Path.cwd()), datetime.now(UTC).date()
    if pending:
        found = check_pending(state.target, state.migrations, timeout_seconds=timeout_seconds)
    else:
        look = None if no_drift else DriftLook(state.settings.home, os.environ, ignores, today)
        found = check_schema(state.target, state.migrations, look, timeout_seconds=timeout_seconds)
    show(found, check_view(found), output)
    return ExitCode.done if found.is_clean else ExitCode.answer_is_bad
