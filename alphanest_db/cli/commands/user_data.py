"""`alphanest user delete`, `export` and `import`: what takes or brings whole accounts."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from alphanest_db.cli.confirmation import confirm_destroying
from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.grids import Lines
from alphanest_db.cli.options import (
    ConfirmOption,
    DatabaseCommand,
    DryRunOption,
    OutputOption,
    UserArgument,
    YesOption,
    command_group,
    examples,
)
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, show, show_json_lines
from alphanest_db.cli.state import state_of
from alphanest_db.confirmation import Confirmation

app = command_group("Whole accounts.")


@app.command(
    cls=DatabaseCommand,
    epilog=examples("alphanest user delete anna --dry-run", "alphanest user delete anna --export anna.json"),
)
def delete(
    context: typer.Context,
    user: UserArgument,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write everything about the user there first.")
    ] = None,
    keep_trades: Annotated[bool, typer.Option("--keep-trades", help="Impossible, and says why.")] = False,
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.table,
) -> None:
    """Delete a user, after saying what goes with them.

    Asks first; in staging and production for the name of the database. No trade can be kept without its user:
    `alphanest user deactivate` locks an account and keeps everything.
    """
    from alphanest_db.accounts.users.deletion import refuse_to_keep_trades
    from alphanest_db.cli.views.user import deleted_view, deletion_view
    from alphanest_db.workflows.user_deletion import delete_user_confirmed, plan_user_deletion

    state = state_of(context)
    plan = plan_user_deletion(state.announce(), state.settings, user, export=export)
    if keep_trades:
        refuse_to_keep_trades(plan.user)
    view = deletion_view(plan)
    if dry_run:
        return show(plan, view, output)
    confirmation = confirm_destroying(plan, view, Confirmation(yes, confirm))
    deleted = delete_user_confirmed(
        state.target, state.settings, plan, confirmation, export=export, now=datetime.now(UTC)
    )
    return show(deleted, deleted_view(deleted), output)


@app.command(
    cls=DatabaseCommand, epilog=examples("alphanest user export anna", "alphanest user export anna --file anna.json")
)
def export(
    context: typer.Context,
    user: UserArgument,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Write to a new file that only its owner can read.")
    ] = None,
) -> None:
    """Write everything about one user as JSON.

    All rows of all tables, for a request by the person behind them. The hash of the password and the API key are left out,
    and the document says so.
    """
    from alphanest_db.accounts.lookup import get_user
    from alphanest_db.accounts.users.export import export_user
    from alphanest_db.database.connect import transaction
    from alphanest_db.workflows.user_deletion import write_export

    state = state_of(context)
    now = datetime.now(UTC)
    with transaction(state.target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        found = get_user(connection, user)
        if file is None:
            return show_json_lines(export_user(connection, found, now=now))
        write_export(connection, found, file, now=now)
    return show(str(file), [Lines([f"wrote {file}"])])


@app.command(
    "import",
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest user import users.csv --dry-run", "alphanest user import users.csv --passwords-csv passwords.csv",
        "alphanest user import users.json --skip-invalid rejects.json",
    ),
)  # fmt: skip
def import_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .csv or .json file; docs/users.md names its columns.")
    ],
    skip_invalid: Annotated[
        Path | None, typer.Option("--skip-invalid", metavar="FILE", help="Leave out what is wrong, and write it there.")
    ] = None,
    passwords_csv: Annotated[
        Path | None,
        typer.Option("--passwords-csv", metavar="FILE", help="Write generated passwords and the API keys there."),
    ] = None,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.table,
) -> ExitCode:
    """Register many users at once, all or none.

    The file is checked as a whole first, and all that is wrong with it is named with its line. --dry-run stops there, and
    exits with 1 where there is something. Who has neither password nor hash gets a password. The files that are written
    are new ones, for their owner alone.
    """
    from alphanest_db.accounts.users.importing.file_check import check_import
    from alphanest_db.accounts.users.importing.model import ImportFiles
    from alphanest_db.accounts.users.importing.run import import_file
    from alphanest_db.cli.progress import counting_progress
    from alphanest_db.cli.views.user_import import import_check_view, imported_view
    from alphanest_db.database.connect import transaction

    state = state_of(context)
    line = StatusLine()
    progress = counting_progress(line)
    target = state.announce()
    if dry_run:
        with transaction(target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
            summary = check_import(connection, file, state.settings, progress=progress).summary()
        show(summary, import_check_view(summary), output)
        return ExitCode.answer_is_bad if summary.problems else ExitCode.done
    files = ImportFiles(passwords_csv, skip_invalid)
    result = import_file(target, state.settings, file, files, progress=progress)
    line.clear()
    show(result, imported_view(result), output)
    return ExitCode.done
