"""`alphanest backup`: backups that are whole or not there, and that say what they hold."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from alphanest_db.backup.choices import FormatChoice
from alphanest_db.cli.commands import backup_prune, backup_verify
from alphanest_db.cli.default_command import DefaultGroup
from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import (
    DatabaseCommand,
    JobsOption,
    LocalCommand,
    LockTimeoutOption,
    LockWaitOption,
    OutputOption,
    command_group,
    examples,
)
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, show
from alphanest_db.cli.state import state_of


class BackupGroup(DefaultGroup):
    """`backup` alone is `backup create`, with all its options."""

    default = "create"


SUMMARY = "Take backups: `backup` alone is `backup create`."
app = command_group(SUMMARY, cls=BackupGroup)

FolderOption = Annotated[
    Path | None,
    typer.Option("--to", "--from", metavar="DIR", help="The folder of the backups, instead of ALPHANEST_HOME/backups."),
]


@app.callback(help=SUMMARY)
def backup() -> None:
    """The group itself."""


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest backup", "alphanest backup create --format directory --jobs 4 --to /mnt/backups",
        "alphanest backup --format plain.gz --note 'before the move'", "alphanest backup --exclude-table-data 'log_*'",
    ),
)  # fmt: skip
def create(
    context: typer.Context,
    form: Annotated[FormatChoice, typer.Option("--format", help="The form of the dump.")] = FormatChoice.custom,
    compress: Annotated[
        str | None,
        typer.Option(
            "--compress", metavar="METHOD[:LEVEL]", help="gzip, zstd or none; else what suits the format best."
        ),
    ] = None,
    jobs: JobsOption = 0,
    schema_only: Annotated[bool, typer.Option("--schema-only", help="Leave all rows out.")] = False,
    exclude_table_data: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude-table-data", metavar="PATTERN", help="Leave the rows of these tables out; may be repeated."
        ),
    ] = None,
    note: Annotated[str, typer.Option("--note", help="A remark to keep with the backup.")] = "",
    folder: FolderOption = None,
    no_fingerprint: Annotated[
        bool, typer.Option("--no-fingerprint", help="Count the rows, and do not fingerprint them.")
    ] = False,
    include_globals: Annotated[
        bool, typer.Option("--globals", help="Add the server's roles and tablespaces, without passwords.")
    ] = False,
    lock_wait: LockWaitOption = 30,
    lock_timeout: LockTimeoutOption = 30,
    output: OutputOption = Output.table,
) -> None:
    """Take a backup: a dump of one moment, and a manifest.

    The manifest says what the dump holds: each file with its SHA-256, each table with its number of rows and a fingerprint of
    them, taken in the same snapshot. A backup is there as a whole or not at all. docs/backup.md tells more.
    """
    from alphanest_db.backup.create import create_backup
    from alphanest_db.backup.options import BackupOptions, choose_form, choose_jobs
    from alphanest_db.cli.backup_progress import backup_report
    from alphanest_db.cli.views.backup import created_view

    state = state_of(context)
    dump_format, compression = choose_form(form, compress)
    options = BackupOptions(
        dump_format, compression, choose_jobs(dump_format, jobs), schema_only, tuple(exclude_table_data or ()), note,
        not no_fingerprint, include_globals, lock_wait, lock_timeout, state.settings.connect_timeout_seconds,
    )  # fmt: skip
    made = create_backup(
        state.announce(), _store(context, folder), options, os.environ, environment=state.settings.environment,
        now=datetime.now(UTC), report=backup_report(StatusLine()),
    )  # fmt: skip
    show(made, created_view(made), output)


@app.command(
    "list",
    cls=LocalCommand,
    epilog=examples("alphanest backup list", "alphanest backup list --from /mnt/backups --output json"),
)
def list_backups(context: typer.Context, folder: FolderOption = None, output: OutputOption = Output.table) -> ExitCode:
    """Show the backups: age, size, rows, and what proved them.

    Exits with 1 where one is damaged, or failed its last verification.
    """
    from alphanest_db.backup.summary import summarise
    from alphanest_db.cli.views.backup import list_view

    listing = summarise(_store(context, folder).list(), datetime.now(UTC))
    show(listing, list_view(listing), output)
    return ExitCode.done if listing.is_sound else ExitCode.answer_is_bad


@app.command(
    "show",
    cls=LocalCommand,
    epilog=examples("alphanest backup show latest", "alphanest backup show 20261124-2112 --output json"),
)
def show_backup(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="BACKUP", help="Its name, the beginning of it, its path, or latest.")],
    folder: FolderOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Show all that is known of a backup, and how to restore it."""
    from alphanest_db.backup.summary import details_of
    from alphanest_db.cli.views.backup import details_view

    details = details_of(_store(context, folder).get(name), _default_folder(context))
    show(details, details_view(details), output)


app.registered_commands += backup_verify.app.registered_commands
app.registered_commands += backup_prune.app.registered_commands


def _store(context: typer.Context, folder: Path | None) -> Any:  # Any: importing Store would load pydantic for --help
    from alphanest_db.backup.store import Store

    return Store((folder or _default_folder(context)).absolute())


def _default_folder(context: typer.Context) -> Path:
    return state_of(context).settings.home / "backups"
