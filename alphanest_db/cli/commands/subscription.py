"""`alphanest subscription`: what users pay for."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from alphanest_db.cli.confirmation import confirm_destroying
from alphanest_db.cli.options import (
    AfterOption,
    AllOption,
    ConfirmOption,
    DatabaseCommand,
    DryRunOption,
    LimitOption,
    OutputOption,
    UserArgument,
    YesOption,
    command_group,
    examples,
)
from alphanest_db.cli.output import Output
from alphanest_db.cli.paging import page_request, tell_next
from alphanest_db.cli.render import show, show_stream
from alphanest_db.cli.state import state_of
from alphanest_db.confirmation import Confirmation
from alphanest_db.models.values import PlanType, SubscriptionStatus

app = command_group("Subscriptions: list, set, cancel, expire.")


@app.command(
    "list",
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest subscription list", "alphanest subscription list --status active --due-before 2026-12-01",
        "alphanest subscription list --user anna", "alphanest subscription list --all --output csv",
    ),
)  # fmt: skip
def list_(
    context: typer.Context,
    user: Annotated[
        str | None, typer.Option("--user", metavar="USER", help="Only this user's; by id, e-mail or username.")
    ] = None,
    status: Annotated[SubscriptionStatus | None, typer.Option("--status", help="Only those with this status.")] = None,
    plan: Annotated[PlanType | None, typer.Option("--plan", help="Only those of this plan.")] = None,
    due_before: Annotated[
        str | None, typer.Option("--due-before", metavar="DATE", help="Only those whose next bill is due earlier; UTC.")
    ] = None,
    limit: LimitOption = 50,
    after: AfterOption = None,
    all_: AllOption = False,
    output: OutputOption = Output.table,
) -> None:
    """List subscriptions, the next to be billed first.

    Those without a date come last. The last line of a page, on stderr, says how to get the next.
    """
    from alphanest_db.accounts.subscriptions.listing import list_subscriptions, read_filter
    from alphanest_db.cli.views.subscription import subscriptions_view
    from alphanest_db.database.connect import transaction

    state = state_of(context)
    request = page_request(limit, after, everything=all_, is_time=True)
    with transaction(state.target, timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        wanted = read_filter(connection, user=user, status=status, plan=plan, due_before=due_before)
        page = list_subscriptions(connection, wanted, request)
        show_stream(page, subscriptions_view, output)
    tell_next(page)


@app.command(
    "set",
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest subscription set anna --status active --plan annual --next-billing 2027-11-24",
        "alphanest subscription set anna --next-billing none",
    ),
)
def set_(
    context: typer.Context,
    user: UserArgument,
    status: Annotated[SubscriptionStatus | None, typer.Option("--status", help="A new status.")] = None,
    plan: Annotated[PlanType | None, typer.Option("--plan", help="A new plan.")] = None,
    next_billing: Annotated[
        str | None, typer.Option("--next-billing", metavar="DATE", help="When the next bill is due; none for no date.")
    ] = None,
    stripe_subscription: Annotated[
        str | None, typer.Option("--stripe-subscription", metavar="ID", help='The id at Stripe; "" for none.')
    ] = None,
    output: OutputOption = Output.table,
) -> None:
    """Change a user's newest subscription, or make the first.

    A new one is a monthly trial where nothing else is said.
    """
    from alphanest_db.accounts.subscriptions.change import SubscriptionChange, set_subscription
    from alphanest_db.cli.views.subscription import changed_view
    from alphanest_db.database.connect import transaction

    state = state_of(context)
    change = SubscriptionChange(status, plan, next_billing, stripe_subscription)
    with transaction(state.announce(), timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        changed = set_subscription(connection, user, change)
    show(changed, changed_view(changed), output)


@app.command(cls=DatabaseCommand, epilog=examples("alphanest subscription cancel anna"))
def cancel(context: typer.Context, user: UserArgument, output: OutputOption = Output.table) -> None:
    """Mark a user's newest subscription as cancelled.

    The date of its next bill, until which it is paid, stays.
    """
    from alphanest_db.accounts.subscriptions.change import cancel_subscription
    from alphanest_db.cli.views.subscription import changed_view
    from alphanest_db.database.connect import transaction

    state = state_of(context)
    with transaction(state.announce(), timeout_seconds=state.settings.connect_timeout_seconds) as connection:
        changed = cancel_subscription(connection, user)
    show(changed, changed_view(changed), output)


@app.command(
    "expire-due",
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest subscription expire-due --dry-run", "alphanest subscription expire-due --as-of 2026-12-01"
    ),
)
def expire_due(
    context: typer.Context,
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="DATE", help="What was due before then, in UTC; now, if not given.")
    ] = None,
    yes: YesOption = False,
    confirm: ConfirmOption = None,
    dry_run: DryRunOption = False,
    output: OutputOption = Output.table,
) -> None:
    """Set overdue subscriptions to expired, after showing them.

    Trials and active ones whose next bill was due; those without a date never are. All in one statement. Asks first; in
    staging and production for the name of the database.
    """
    from alphanest_db.accounts.paging import read_time
    from alphanest_db.cli.views.subscription import expired_view, expiry_view
    from alphanest_db.workflows.subscription_expiry import expire_confirmed, plan_expiry

    state = state_of(context)
    moment = datetime.now(UTC) if as_of is None else read_time(as_of)
    plan = plan_expiry(state.announce(), state.settings, as_of=moment)
    view = expiry_view(plan)
    if dry_run:
        return show(plan, view, output)
    confirmation = confirm_destroying(plan, view, Confirmation(yes, confirm))
    expired = expire_confirmed(state.target, state.settings, plan, confirmation)
    return show(expired, expired_view(expired), output)
