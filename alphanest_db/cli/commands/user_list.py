"""`alphanest user list` and `show`: who there is."""

from typing import Annotated

import typer

from alphanest_db.accounts.users.choices import StatusFilter, UserOrder
from alphanest_db.cli.options import (
    AfterOption,
    AllOption,
    DatabaseCommand,
    LimitOption,
    OutputOption,
    UserArgument,
    command_group,
    examples,
)
from alphanest_db.cli.output import Output
from alphanest_db.cli.paging import page_request, tell_next
from alphanest_db.cli.render import show, show_stream
from alphanest_db.cli.state import state_of

app = command_group("Who there is.")


@app.command(
    "list",
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest user list", "alphanest user list --inactive --sort newest --limit 20",
        "alphanest user list --status trial --created-after 2026-11-01", "alphanest user list --after anna",
        "alphanest user list --all --output csv",
    ),
)  # fmt: skip
def list_(
    context: typer.Context,
    active: Annotated[bool, typer.Option("--active", help="Only those who may log in.")] = False,
    inactive: Annotated[bool, typer.Option("--inactive", help="Only those who may not.")] = False,
    status: Annotated[
        StatusFilter | None, typer.Option("--status", help="Only those whose newest subscription has it.")
    ] = None,
    created_after: Annotated[
        str | None, typer.Option("--created-after", metavar="DATE", help="Only those who came later; UTC.")
    ] = None,
    search: Annotated[
        str | None, typer.Option("--search", metavar="TEXT", help="Only those with it in username or e-mail.")
    ] = None,
    sort: Annotated[UserOrder, typer.Option("--sort", help="What they are sorted by.")] = UserOrder.username,
    limit: LimitOption = 50,
    after: AfterOption = None,
    all_: AllOption = False,
    output: OutputOption = Output.table,
) -> None:
    """List users with subscription, trades and items, by pages.

    The last line of a page, on stderr, says how to get the next. With --all, CSV and JSON are written as they come, however
    many there are.
    """
    from alphanest_db.accounts.users.listing import list_users, read_filter
    from alphanest_db.cli.views.user import users_view
    from alphanest_db.database.connect import transaction

    state = state_of(context)
    wanted = read_filter(active=active, inactive=inactive, status=status, created_after=created_after, search=search)
    request = page_request(limit, after, everything=all_, is_time=sort is UserOrder.newest)
    with transaction(state.target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        page = list_users(connection, wanted, sort, request)
        show_stream(page, users_view, output)
    tell_next(page)


@app.command(
    "show", cls=DatabaseCommand, epilog=examples("alphanest user show anna", "alphanest user show anna -o json")
)
def show_(context: typer.Context, user: UserArgument, output: OutputOption = Output.table) -> None:
    """Show one user on a screen: booth, trades, API key, …

    Of the key only its first characters, of the password nothing. Several users who could be meant are named.
    """
    from alphanest_db.accounts.users.show import show_user
    from alphanest_db.cli.views.user import user_view
    from alphanest_db.database.connect import transaction

    state = state_of(context)
    with transaction(state.target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        details = show_user(connection, user)
    show(details, user_view(details), output)
