"""`alphanest db lock|verify|log`: what the database remembers of its migrations, and who is at it."""

import typer

from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import DatabaseCommand, OutputOption, command_group, examples
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import show, show_script
from alphanest_db.cli.state import state_of

app = command_group("What the database remembers of its migrations.")


@app.command(cls=DatabaseCommand, epilog=examples("alphanest db lock", "alphanest db lock --output json"))
def lock(context: typer.Context, output: OutputOption = Output.table) -> ExitCode:
    """Show who is migrating at this moment.

    Exits with 1 where somebody is.
    """
    from alphanest_db.cli.views.record import holder_view
    from alphanest_db.database.connect import session
    from alphanest_db.database.locks import MIGRATOR, find_holder

    state = state_of(context)
    with session(state.target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        holder = find_holder(connection, MIGRATOR)
    show(holder, holder_view(holder), output)
    return ExitCode.done if holder is None else ExitCode.answer_is_bad


@app.command(cls=DatabaseCommand, epilog=examples("alphanest db verify", "alphanest db verify --output json"))
def verify(context: typer.Context, output: OutputOption = Output.table) -> ExitCode:
    """Exit with 1 where files of applied migrations have changed.

    Files that are gone count too.
    """
    from alphanest_db.cli.views.record import changed_view
    from alphanest_db.database.connect import session
    from alphanest_db.schema.revisions import read_revisions
    from alphanest_db.schema.verification import find_changed

    state = state_of(context)
    with session(state.target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        changed = find_changed(connection, read_revisions(state.migrations))
    show(changed, changed_view(changed), output)
    return ExitCode.answer_is_bad if changed else ExitCode.done


@app.command(cls=DatabaseCommand, epilog=examples("alphanest db log", "alphanest db log --output csv"))
def log(context: typer.Context, output: OutputOption = Output.table) -> None:
    """Show everything that was migrated, the newest first.

    Failures, and what was taken back, too.
    """
    from alphanest_db.cli.views.record import log_view
    from alphanest_db.database.connect import session
    from alphanest_db.schema.history import read_log

    state = state_of(context)
    with session(state.target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        records = read_log(connection)
    show(records, log_view(records), output)


def show_source(context: typer.Context, revision: str) -> None:
    """Print the file of a revision as it was when it was run last."""
    from alphanest_db.database.connect import session
    from alphanest_db.schema.history import get_source

    state = state_of(context)
    with session(state.target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        show_script(get_source(connection, revision).source)
