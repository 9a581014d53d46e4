"""`alphanest key`: API keys.

Every function imports its capability itself, so that help and completion stay light.
"""

from pathlib import Path
from typing import Annotated

import typer

from alphanest_db.accounts.key_form import Which
from alphanest_db.cli.commands import key_scan
from alphanest_db.cli.confirmation import confirm_destroying
from alphanest_db.cli.exit_codes import ExitCode
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
from alphanest_db.cli.render import StatusLine, say, show, show_stream
from alphanest_db.cli.state import State, state_of
from alphanest_db.confirmation import Confirmation
from alphanest_db.errors import InvalidInput

app = command_group("API keys: issue, rotate, revoke, verify, find leaked ones.")

UserArgument = Annotated[str, typer.Argument(metavar="USER", help="Whose: an id, an e-mail or a username.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print the key alone.")]
WhereOption = Annotated[
    Which | None, typer.Option("--where", help="Only those of inactive users, or those stored in the clear.")
]


@app.command(
    cls=DatabaseCommand, epilog=examples("alphanest key issue anna", "alphanest key issue anna@example.com --quiet")
)
def issue(
    context: typer.Context, user: UserArgument, quiet: QuietOption = False, output: OutputOption = Output.table
) -> None:
    """Give a key to a user who has none, and show it once.

    A key that cannot be written out is not stored.
    """
    from alphanest_db.accounts.one_key import issue as issue_key
    from alphanest_db.cli.telling import teller
    from alphanest_db.database.connect import transaction

    state = state_of(context)
    with transaction(state.announce(), timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        issue_key(connection, user, state.settings.api_key_storage, teller(output, quiet=quiet))


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest key rotate anna", "alphanest key rotate --all --where plain --csv keys.csv",
        "alphanest key rotate --all --dry-run",
    ),
)  # fmt: skip
def rotate(
    context: typer.Context,
    user: Annotated[str | None, typer.Argument(metavar="USER", help="Whose: an id, an e-mail or a username.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Replace the keys of all users.")] = False,
    where: WhereOption = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Where the new keys go with --all; only you can read it."),
    ] = None,
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    dry_run: DryRunOption = False,
    quiet: QuietOption = False,
    output: OutputOption = Output.table,
) -> None:
    """Replace a key by a new one, shown once; the old one ends.

    With --all, many: asks first, and writes the new keys into a CSV file, in batches. Killed at any moment, it leaves nobody
    with a key that is not in the file; the same command goes on from there.
    """
    state = state_of(context)
    if user is None and everybody:
        return _rotate_all(state, where, csv, Confirmation(yes, confirm), output, dry_run=dry_run)
    if user is None or everybody or where or csv or dry_run or yes or confirm:
        raise InvalidInput(
            "it is not clear whose keys are meant",
            "Name one user, or say --all, which alone takes --where, --csv, --dry-run, --yes and --confirm.",
        )
    return _rotate_one(state, user, output, quiet=quiet)


def _rotate_one(state: State, user: str, output: Output, *, quiet: bool) -> None:
    from alphanest_db.accounts.one_key import rotate as rotate_key
    from alphanest_db.cli.telling import teller
    from alphanest_db.database.connect import transaction

    with transaction(state.announce(), timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        rotate_key(connection, user, state.settings.api_key_storage, teller(output, quiet=quiet))


def _rotate_all(
    state: State, where: Which | None, csv: Path | None, given: Confirmation, output: Output, *, dry_run: bool
) -> None:
    from alphanest_db.cli.telling import keys_progress
    from alphanest_db.cli.views.key import rotated_view, rotation_plan_view
    from alphanest_db.workflows.keys import plan_keys, rotate_confirmed

    if csv is None and not dry_run:
        raise InvalidInput("--all needs a file for the new keys", "Name one with --csv FILE.")
    plan = plan_keys(state.announce(), state.settings, where)
    view = rotation_plan_view(plan)
    if csv is None or dry_run:
        return show(plan, view, output)
    confirmation = confirm_destroying(plan, view, given)
    rotated = rotate_confirmed(
        state.target, state.settings, plan, confirmation, where, csv, progress=keys_progress(StatusLine()), notify=say
    )
    return show(rotated, rotated_view(rotated), output)


@app.command(cls=DatabaseCommand, epilog=examples("alphanest key revoke anna", "alphanest key revoke anna --yes"))
def revoke(
    context: typer.Context,
    user: UserArgument,
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    output: OutputOption = Output.table,
) -> None:
    """Take a user's key away, after asking.

    The user stays, without a key.
    """
    from alphanest_db.cli.views.key import revoke_plan_view, revoked_view
    from alphanest_db.workflows.keys import plan_revoke, revoke_confirmed

    state = state_of(context)
    plan = plan_revoke(state.announce(), state.settings, user)
    confirmation = confirm_destroying(plan, revoke_plan_view(plan), Confirmation(yes, confirm))
    revoked = revoke_confirmed(state.target, state.settings, plan, confirmation)
    show(revoked, revoked_view(revoked), output)


@app.command(cls=DatabaseCommand, epilog=examples("alphanest key verify", "alphanest key verify --output json"))
def verify(context: typer.Context, output: OutputOption = Output.table) -> ExitCode:
    """Show whose a key is; exit with 1 where it is nobody's.

    The key is typed without being shown, or is the one line of stdin. The form in which a key is stored is no key.
    """
    from alphanest_db.accounts.key_check import check_key
    from alphanest_db.cli.secrets import read_secret
    from alphanest_db.cli.views.key import check_view
    from alphanest_db.database.connect import transaction

    state = state_of(context)
    key = read_secret("API key:")
    with transaction(state.target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        check = check_key(connection, key)
    show(check, check_view(check), output)
    return ExitCode.done if check.is_known else ExitCode.answer_is_bad


@app.command(
    "list", cls=DatabaseCommand, epilog=examples("alphanest key list", "alphanest key list --where plain --output csv")
)
def list_(context: typer.Context, where: WhereOption = None, output: OutputOption = Output.table) -> None:
    """Show who holds a key: its first characters, never the key."""
    from alphanest_db.accounts.key_list import reading_keys
    from alphanest_db.cli.views.key import keys_grid

    state = state_of(context)
    with reading_keys(state.target, where, timeout_seconds=state.settings.connect_timeout_seconds) as entries:
        show_stream(entries, keys_grid, output)


@app.command(cls=DatabaseCommand, epilog=examples("alphanest key harden --dry-run", "alphanest key harden --yes"))
def harden(
    context: typer.Context,
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.table,
) -> ExitCode:
    """Store plain keys as hashes; the keys stay the same.

    Gateways that compare the column with the key must be ready first. In batches; it can be interrupted, and run again. Exits
    with 1 where plain keys are left.
    """
    from alphanest_db.cli.telling import keys_progress
    from alphanest_db.cli.views.key import GATEWAYS_FIRST, harden_plan_view, hardened_view
    from alphanest_db.workflows.keys import harden_confirmed, plan_keys

    state = state_of(context)
    plan = plan_keys(state.announce(), state.settings, Which.plain)
    view = harden_plan_view(plan)
    say(GATEWAYS_FIRST, style="33")
    if dry_run:
        show(plan, view, output)
        return ExitCode.done
    confirmation = confirm_destroying(plan, view, Confirmation(yes, confirm))
    hardened = harden_confirmed(state.target, state.settings, plan, confirmation, progress=keys_progress(StatusLine()))
    show(hardened, hardened_view(hardened), output)
    return ExitCode.answer_is_bad if hardened.still_plain else ExitCode.done


app.registered_commands += key_scan.app.registered_commands
