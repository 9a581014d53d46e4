"""`alphanest key scan`: leaked keys."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from alphanest_db.cli.confirmation import confirm_destroying
from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import ConfirmOption, DatabaseCommand, OutputOption, YesOption, command_group, examples
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, show
from alphanest_db.cli.state import State, state_of
from alphanest_db.confirmation import Confirmation
from alphanest_db.errors import InvalidInput

if TYPE_CHECKING:
    from alphanest_db.accounts.scanning.model import ScanReport

app = command_group("Leaked keys.")

PathsArgument = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files and folders; - for stdin.")]
HistoryOption = Annotated[bool, typer.Option("--git", help="The history of their git repositories too.")]


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest key scan .", "alphanest key scan . --git --output json", "alphanest key scan --no-database src/",
        "alphanest key scan backups/ /var/log/gateway --revoke",
    ),
)  # fmt: skip
def scan(
    context: typer.Context,
    paths: PathsArgument,
    git: HistoryOption = False,
    no_database: Annotated[
        bool, typer.Option("--no-database", help="Look for the form of a key alone, as in a pre-commit hook.")
    ] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the keys that are found away, after asking.")] = False,
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    output: OutputOption = Output.table,
) -> ExitCode:
    """Find leaked keys: whose, and where.

    Looks into text, into what is compressed or archived, and into PostgreSQL's dumps; then asks the database whose the keys
    are. Exits with 1 where somebody's key was found. No key is shown in full.
    """
    from alphanest_db.cli.views.key_scan import scan_view

    state = state_of(context)
    if no_database and revoke:
        raise InvalidInput("--revoke needs the database", "Leave --no-database out.")
    given = Confirmation(yes, confirm)
    report = _by_form(paths, git=git) if no_database else _by_hash(state, paths, given, git=git, revoke=revoke)
    show(report, scan_view(report), output)
    return ExitCode.done if report.is_clean else ExitCode.answer_is_bad


def _by_form(paths: list[Path], *, git: bool) -> "ScanReport":
    from alphanest_db.accounts.scanning.report import report_scan
    from alphanest_db.accounts.scanning.scan import scan_paths
    from alphanest_db.cli.scanning import scan_progress

    return report_scan(scan_paths(paths, os.environ, history=git, progress=scan_progress(StatusLine())), None)


def _by_hash(state: State, paths: list[Path], given: Confirmation, *, git: bool, revoke: bool) -> "ScanReport":
    from alphanest_db.cli.scanning import scan_progress
    from alphanest_db.cli.views.key_scan import scan_view
    from alphanest_db.workflows.key_scan import revoke_confirmed, scan_for_keys

    target = state.announce() if revoke else state.target
    found = scan_for_keys(target, state.settings, paths, os.environ, history=git, progress=scan_progress(StatusLine()))
    if not revoke:
        return found.report
    confirmation = confirm_destroying(found, scan_view(found.report), given)
    return revoke_confirmed(target, state.settings, found, confirmation)
