"""`alphanest db`: the commands that run migrations and show them; the others are in modules of their own.

The names are Alembic's. Every function imports its capability itself, so that help and completion stay light.
"""

import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from alphanest_db.cli.commands import db_drift, db_models, db_plan, db_record, db_rehearse, db_whole
from alphanest_db.cli.commands.db_record import show_source
from alphanest_db.cli.confirmation import confirm_destroying
from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import (
    AbortOption,
    ConfirmOption,
    DatabaseCommand,
    DryRunOption,
    LocalCommand,
    LockTimeoutOption,
    LockWaitOption,
    OutputOption,
    RetriesOption,
    RevisionCommand,
    StatementTimeoutOption,
    TerminateOption,
    WaitForBlockersOption,
    YesOption,
    command_group,
    examples,
    no_option,
)
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, say, show, show_script
from alphanest_db.cli.state import state_of
from alphanest_db.confirmation import Confirmation

app = command_group("Migrations, as in Alembic, and the database as a whole.")


@app.command(
    cls=RevisionCommand,
    epilog=examples(
        "alphanest db upgrade", "alphanest db upgrade --backup", "alphanest db upgrade 3f7c --lock-timeout 2"
    ),
)
def upgrade(
    context: typer.Context,
    revision: Annotated[
        str, typer.Argument(callback=no_option, help="How far: an id or its start, head, +1.")
    ] = "head",
    lock_wait: LockWaitOption = 300,
    lock_timeout: LockTimeoutOption = 5,
    retries: RetriesOption = 10,
    statement_timeout: StatementTimeoutOption = 0,
    wait: WaitForBlockersOption = False,
    abort: AbortOption = False,
    terminate: TerminateOption = False,
    backup: Annotated[
        bool, typer.Option("--backup", help="Take a backup first, and go no further without one.")
    ] = False,
    output: OutputOption = Output.table,
) -> None:
    """Apply the pending migrations.

    One migrator at a time. A statement that does not get its table soon gives way, so that the application is never held
    up, and is tried again. Before each migration, transactions that have held its tables for more than ten seconds are listed.
    """
    from alphanest_db.cli.progress import run_report
    from alphanest_db.cli.views.db import run_view
    from alphanest_db.schema.blockers import choose_on_blockers
    from alphanest_db.schema.runs import RunOptions
    from alphanest_db.workflows.migrate import upgrade_and_record

    state = state_of(context)
    on_blockers = choose_on_blockers(wait=wait, abort=abort, terminate=terminate, unattended=state.settings.unattended)
    timeout_seconds = state.settings.connect_timeout_seconds
    options = RunOptions(lock_wait, lock_timeout, statement_timeout, retries, timeout_seconds, on_blockers)
    target, report = state.announce(), run_report(StatusLine())
    if backup:
        from alphanest_db.cli.backup_progress import backup_report
        from alphanest_db.workflows.backed_up import upgrade_backed_up

        run = upgrade_backed_up(
            target, state.settings, state.migrations, revision, os.environ, now=datetime.now(UTC), options=options,
            report=report, backup_report=backup_report(StatusLine()), notify=say,
        )  # fmt: skip
    else:
        run = upgrade_and_record(
            target, state.migrations, state.settings.environment, revision, options=options, report=report, notify=say
        )
    show(run, run_view(run), output)


@app.command(cls=RevisionCommand, epilog=examples("alphanest db downgrade -1", "alphanest db downgrade base --dry-run"))
def downgrade(
    context: typer.Context,
    revision: Annotated[str, typer.Argument(callback=no_option, help="How far: an id or its start, base, -1.")],
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    dry_run: DryRunOption = False,
    remembered: Annotated[
        bool,
        typer.Option("--use-remembered-source", help="Run the code that the database keeps for a file that is gone."),
    ] = False,
    lock_wait: LockWaitOption = 300,
    output: OutputOption = Output.table,
) -> ExitCode:
    """Take migrations back, after saying what would be lost.

    They are taken back on an empty copy of the schema first, and what goes there is counted in the database itself.
    Where rows would be lost, or might be, it asks first; in staging and production always, and for the name of the database.
    """
    from alphanest_db.cli.progress import run_report
    from alphanest_db.cli.views.db import downgrade_plan_view, run_view
    from alphanest_db.schema.runs import RunOptions
    from alphanest_db.workflows.downgrade import downgrade_confirmed, plan_guarded

    state = state_of(context)
    plan = plan_guarded(state.announce(), state.settings, state.migrations, revision, os.environ, remembered=remembered)
    view = downgrade_plan_view(plan.steps)
    if dry_run:
        show(plan.steps, view, output)
        return ExitCode.answer_is_bad if plan.steps.error else ExitCode.done
    confirmation = confirm_destroying(plan, view, Confirmation(yes, confirm))
    options = RunOptions(lock_wait_seconds=lock_wait, connect_timeout_seconds=state.settings.connect_timeout_seconds)
    run = downgrade_confirmed(
        state.target, state.migrations, plan, confirmation,
        options=options, report=run_report(StatusLine()), remembered=remembered,
    )  # fmt: skip
    show(run, run_view(run), output)
    return ExitCode.done


@app.command(cls=DatabaseCommand, epilog=examples("alphanest db current", "alphanest db current --output json"))
def current(context: typer.Context, output: OutputOption = Output.table) -> None:
    """Show where the database stands, and what is pending."""
    from alphanest_db.cli.views.db import current_view
    from alphanest_db.database.connect import session
    from alphanest_db.schema.revisions import read_revisions
    from alphanest_db.schema.status import read_status

    state = state_of(context)
    with session(state.target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        status = read_status(connection, read_revisions(state.migrations))
    show(status, current_view(status), output)


@app.command(
    cls=DatabaseCommand,
    epilog=examples("alphanest db history", "alphanest db history --source 3f7c"),
)
def history(
    context: typer.Context,
    source: Annotated[
        str | None, typer.Option("--source", metavar="REV", help="Print the file of this revision as it was run last.")
    ] = None,
    output: OutputOption = Output.table,
) -> None:
    """Show all migrations, the newest first.

    Each with what it is to the database (applied, current or pending), when it came, and who brought it.
    """
    if source is not None:
        return show_source(context, source)
    from alphanest_db.cli.views.db import history_view
    from alphanest_db.database.connect import session
    from alphanest_db.schema.revisions import read_revisions
    from alphanest_db.schema.status import read_history

    state = state_of(context)
    with session(state.target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        entries = read_history(connection, read_revisions(state.migrations))
    return show(entries, history_view(entries), output)


@app.command(cls=LocalCommand, epilog=examples("alphanest db heads"))
def heads(context: typer.Context, output: OutputOption = Output.table) -> None:
    """Show the newest migration; asks no database.

    Several where there are branches.
    """
    from alphanest_db.cli.views.db import heads_view
    from alphanest_db.schema.revisions import read_revisions
    from alphanest_db.schema.status import list_heads

    found = list_heads(read_revisions(state_of(context).migrations))
    show(found, heads_view(found), output)


@app.command(cls=DatabaseCommand, epilog=examples("alphanest db stamp head", "alphanest db stamp d9a4 --purge"))
def stamp(
    context: typer.Context,
    revision: Annotated[str, typer.Argument(help="A revision id or the start of one, head, base.")],
    purge: Annotated[bool, typer.Option("--purge", help="Forget ids that are not among the migrations first.")] = False,
    confirm: ConfirmOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Mark the database as being at a revision; runs nothing."""
    from alphanest_db.cli.views.db import stamp_view
    from alphanest_db.workflows.migrate import stamp_confirmed

    state = state_of(context)
    run = stamp_confirmed(
        state.announce(), state.settings, state.migrations, revision, Confirmation(yes=True, name=confirm), purge=purge
    )
    show(run, stamp_view(run), output)


@app.command(
    cls=LocalCommand, epilog=examples("alphanest db sql", "alphanest db sql d9a4:head", "alphanest db sql head:d9a4")
)
def sql(
    context: typer.Context,
    revisions: Annotated[str, typer.Argument(help="A range of revisions; B alone is base:B.")] = "base:head",
) -> None:
    """Print the SQL of a range of migrations; asks no database.

    A range that goes down prints the downgrade.
    """
    from alphanest_db.schema.alembic_bridge import script

    show_script(script(state_of(context).migrations, revisions))


for part in (db_whole, db_models, db_plan, db_rehearse, db_drift, db_record):
    app.registered_commands += part.app.registered_commands
