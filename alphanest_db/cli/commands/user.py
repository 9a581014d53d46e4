"""`alphanest user`: the life of an account. Passwords are never arguments, which everybody on the machine can read."""

from typing import Annotated

import typer

from alphanest_db.cli.commands import user_data, user_list
from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import DatabaseCommand, OutputOption, UserArgument, command_group, examples
from alphanest_db.cli.output import Output
from alphanest_db.cli.passwords import choose_password, read_password
from alphanest_db.cli.render import show
from alphanest_db.cli.state import state_of
from alphanest_db.models.values import DEFAULT_AVATAR, PlanType, SubscriptionStatus

app = command_group("Users: register, find, change, lock, delete, export, import.")

PasswordStdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking for it.")
]
GenerateOption = Annotated[bool, typer.Option("--generate", help="Make up a password, and show it this once.")]


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest user create --username anna --email anna@example.com",
        "alphanest user create --username bob --email bob@example.com --generate --output json",
        "alphanest user create --username eve --email eve@example.com --password-stdin --plan annual --status active",
    ),
)
def create(
    context: typer.Context,
    username: Annotated[str, typer.Option("--username", help="3 to 100 characters; unique without regard to case.")],
    email: Annotated[str, typer.Option("--email", help="Unique without regard to case.")],
    password_stdin: PasswordStdinOption = False,
    generate: GenerateOption = False,
    avatar: Annotated[str, typer.Option("--avatar", help="An emoji, up to 10 code points.")] = DEFAULT_AVATAR,
    plan: Annotated[PlanType, typer.Option("--plan", help="The plan of the subscription.")] = PlanType.monthly,
    status: Annotated[
        SubscriptionStatus, typer.Option("--status", help="The status of the subscription.")
    ] = SubscriptionStatus.trial,
    no_subscription: Annotated[bool, typer.Option("--no-subscription", help="Make no subscription.")] = False,
    no_booth: Annotated[bool, typer.Option("--no-booth", help="Make no booth.")] = False,
    output: OutputOption = Output.table,
) -> None:
    """Register a user with API key, subscription and booth.

    As the platform does it, in one transaction. The password is asked for twice, without showing it. The API key is shown
    this once. Works at the deployed revision and at head alike.
    """
    from alphanest_db.accounts.users.model import NewUser
    from alphanest_db.accounts.users.register import register_user
    from alphanest_db.cli.views.user import registered_view
    from alphanest_db.database.connect import transaction

    state = state_of(context)
    target = state.announce()
    password = choose_password(from_stdin=password_stdin, generate=generate)
    user = NewUser(
        username, email, password.text, avatar, status, plan,
        with_subscription=not no_subscription, with_booth=not no_booth,
    )  # fmt: skip
    with transaction(target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        registered = register_user(connection, user, state.settings, generated=password.generated)
        show(registered, registered_view(registered), output)  # nobody is left with a key that could not be told


@app.command(
    cls=DatabaseCommand,
    epilog=examples("alphanest user update anna --email anna@example.org", "alphanest user update anna --avatar 🦊"),
)
def update(
    context: typer.Context,
    user: UserArgument,
    username: Annotated[str | None, typer.Option("--username", help="A new name.")] = None,
    email: Annotated[str | None, typer.Option("--email", help="A new address.")] = None,
    avatar: Annotated[str | None, typer.Option("--avatar", help="An emoji, up to 10 code points.")] = None,
    stripe_customer: Annotated[
        str | None, typer.Option("--stripe-customer", metavar="ID", help='The customer at Stripe; "" for none.')
    ] = None,
    output: OutputOption = Output.table,
) -> None:
    """Change a user's name, e-mail, avatar or Stripe customer."""
    from alphanest_db.accounts.users.change import UserChange, update_user
    from alphanest_db.cli.views.user import changed_view
    from alphanest_db.database.connect import transaction

    state = state_of(context)
    change = UserChange(username, email, avatar, stripe_customer)
    with transaction(state.announce(), timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        changed = update_user(connection, user, change)
    show(changed, changed_view(changed), output)


@app.command(
    "set-password",
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest user set-password anna", "alphanest user set-password anna --generate",
        "alphanest user set-password anna --password-stdin",
    ),
)  # fmt: skip
def set_password_(
    context: typer.Context,
    user: UserArgument,
    password_stdin: PasswordStdinOption = False,
    generate: GenerateOption = False,
    output: OutputOption = Output.table,
) -> None:
    """Give a user another password, and forget the old hash.

    It is asked for twice, without showing it.
    """
    from alphanest_db.accounts.lookup import get_user
    from alphanest_db.accounts.users.change import set_password
    from alphanest_db.cli.views.user import password_set_view
    from alphanest_db.database.connect import session, transaction

    state = state_of(context)
    timeout_seconds = state.settings.connect_timeout_seconds
    with session(state.announce(), timeout_seconds=timeout_seconds) as connection:
        found = get_user(connection, user)
    password = choose_password(from_stdin=password_stdin, generate=generate)
    with transaction(state.target, timeout_seconds=timeout_seconds) as connection:
        result = set_password(connection, found, password.text, state.settings, generated=password.generated)
        show(result, password_set_view(result), output)  # nobody is left with a password that could not be told


@app.command(
    "check-password",
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest user check-password anna", "alphanest user check-password anna --password-stdin --rehash"
    ),
)
def check_password_(
    context: typer.Context,
    user: UserArgument,
    password_stdin: PasswordStdinOption = False,
    rehash: Annotated[
        bool,
        typer.Option("--rehash", help="Where it is right, and its hash out of date in cost or scheme, hash it anew."),
    ] = False,
    output: OutputOption = Output.table,
) -> ExitCode:
    """Exit with 1 where this is not the user's password.

    A user who does not exist gets the same answer, and it takes as long.
    """
    from alphanest_db.accounts.users.login import check_password
    from alphanest_db.cli.views.user import password_check_view
    from alphanest_db.database.connect import transaction

    state = state_of(context)
    target = state.announce() if rehash else state.target
    password = read_password(from_stdin=password_stdin)
    with transaction(target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        checked = check_password(connection, user, password, state.settings, renew=rehash)
    show(checked, password_check_view(checked), output)
    return ExitCode.done if checked.matches else ExitCode.answer_is_bad


@app.command(cls=DatabaseCommand, epilog=examples("alphanest user activate anna"))
def activate(context: typer.Context, user: UserArgument, output: OutputOption = Output.table) -> None:
    """Let a user log in again."""
    _set_active(context, user, output, active=True)


@app.command(cls=DatabaseCommand, epilog=examples("alphanest user deactivate anna"))
def deactivate(context: typer.Context, user: UserArgument, output: OutputOption = Output.table) -> None:
    """Lock a user out; every row stays."""
    _set_active(context, user, output, active=False)


def _set_active(context: typer.Context, user: str, output: Output, *, active: bool) -> None:
    from alphanest_db.accounts.users.change import set_active
    from alphanest_db.cli.views.user import changed_view
    from alphanest_db.database.connect import transaction

    state = state_of(context)
    with transaction(state.announce(), timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        changed = set_active(connection, user, active=active)
    show(changed, changed_view(changed), output)


for part in (user_list, user_data):
    app.registered_commands += part.app.registered_commands
