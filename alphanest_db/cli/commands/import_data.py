"""`alphanest import`: data that others hold."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import DatabaseCommand, DryRunOption, OutputOption, command_group, examples
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, show
from alphanest_db.cli.state import state_of
from alphanest_db.seeding.local_storage.model import OnConflict, UnknownUsers

app = command_group("Bring in what browsers have kept.")


@app.callback()
def import_() -> None:
    """Bring in what browsers have kept."""


@app.command(
    "local-storage",
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest import local-storage export.json --dry-run",
        "alphanest import local-storage exports/ --keep-going --rejects rejects.jsonl",
        "alphanest import local-storage export.json --unknown-users create --passwords-csv passwords.csv",
        "alphanest import local-storage - < export.json",
    ),
)
def local_storage(
    context: typer.Context,
    sources: Annotated[
        list[str], typer.Argument(metavar="FILE|DIR|-...", help="Exports, folders of .json files, or standard input.")
    ],
    unknown_users: Annotated[
        UnknownUsers,
        typer.Option(
            "--unknown-users", help="Booths and items of users whom nobody knows: leave out, or register them."
        ),
    ] = UnknownUsers.skip,
    on_conflict: Annotated[
        OnConflict,
        typer.Option("--on-conflict", help="Users whose name or e-mail another has: leave out, or take for that one."),
    ] = OnConflict.skip,
    rejects: Annotated[
        Path | None,
        typer.Option("--rejects", metavar="FILE", help="Where records go that do not come in; a name is made up else."),
    ] = None,
    passwords_csv: Annotated[
        Path | None,
        typer.Option(
            "--passwords-csv", metavar="FILE", help="Make up a password for each new user, and write them there."
        ),
    ] = None,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Leave out records that are rejected and files that are broken.")
    ] = False,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.table,
) -> ExitCode:
    """Import users, booths and items from browsers' localStorage.

    One transaction for each file; a file with a record that is rejected is refused as a whole, unless --keep-going. Of records
    that overlap the newest counts, and running it again changes nothing. Exits with 1 where something was left out, with 3
    where it stopped.
    """
    from alphanest_db.cli.progress import counting_progress
    from alphanest_db.cli.views.local_storage import local_storage_view
    from alphanest_db.seeding.local_storage.lines import usual_rejects
    from alphanest_db.seeding.local_storage.model import ImportOptions
    from alphanest_db.seeding.local_storage.sources import find_sources
    from alphanest_db.workflows.local_storage import import_local_storage

    state = state_of(context)
    now = datetime.now(UTC)
    found = find_sources(sources)
    rejects = rejects or (None if dry_run else usual_rejects(Path(), now))
    options = ImportOptions(unknown_users, on_conflict, keep_going, dry_run, rejects, passwords_csv)
    report = import_local_storage(
        state.announce(), state.settings, found, options, now=now, standard_input=sys.stdin.buffer,
        progress=counting_progress(StatusLine()),
    )  # fmt: skip
    show(report, local_storage_view(report), output)
    None if keep_going else report.require_all_files()
    return ExitCode.done if report.is_complete else ExitCode.answer_is_bad
