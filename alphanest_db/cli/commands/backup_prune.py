"""`alphanest backup prune`: the backups that no rule keeps go."""

from pathlib import Path
from typing import Annotated, Any

import typer

from alphanest_db.cli.options import (
    DryRunOption,
    LocalCommand,
    LockWaitOption,
    OutputOption,
    YesOption,
    command_group,
    examples,
)
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, show
from alphanest_db.cli.state import state_of

app = command_group("The backups that no rule keeps go.")


def _keep(name: str, summary: str) -> Any:  # Any: Typer's options have no public type
    return typer.Option(f"--keep-{name}", metavar="N", min=0, help=f"Keep {summary}.")


@app.command(
    cls=LocalCommand,
    epilog=examples(
        "alphanest backup prune --keep-last 3 --dry-run",
        "alphanest backup prune --keep-daily 7 --keep-weekly 4 --keep-monthly 12 --yes",
    ),
)  # fmt: skip
def prune(
    context: typer.Context,
    keep_last: Annotated[int, _keep("last", "the newest N")] = 0,
    keep_daily: Annotated[int, _keep("daily", "the newest of each of the last N days that have one")] = 0,
    keep_weekly: Annotated[int, _keep("weekly", "the newest of each of the last N weeks that have one")] = 0,
    keep_monthly: Annotated[int, _keep("monthly", "the newest of each of the last N months that have one")] = 0,
    folder: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", help="The folder of the backups, instead of ALPHANEST_HOME/backups."),
    ] = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    lock_wait: LockWaitOption = 30,
    output: OutputOption = Output.table,
) -> None:
    """Remove the backups that no rule keeps.

    The rules count the sound backups of each database alone. The newest one stays, the newest that was verified, and one that an
    unfinished migration depends on, whatever the rules say.
    """
    from alphanest_db.backup.pruning import plan_prune
    from alphanest_db.backup.pruning import prune as prune_backups
    from alphanest_db.backup.retention import KeepRules
    from alphanest_db.backup.store import Store
    from alphanest_db.cli.confirmation import confirm_destroying
    from alphanest_db.cli.progress import folder_lock_progress
    from alphanest_db.cli.views.prune import plan_view, pruned_view
    from alphanest_db.confirmation import Confirmation

    store = Store((folder or state_of(context).settings.home / "backups").absolute())
    rules = KeepRules(keep_last, keep_daily, keep_weekly, keep_monthly)
    plan = plan_prune(store, rules)
    if dry_run:
        show(plan, plan_view(plan), output)
        return
    confirmation = confirm_destroying(plan, plan_view(plan), Confirmation(yes))
    report = prune_backups(
        store, rules, plan, confirmation, lock_wait_seconds=lock_wait, progress=folder_lock_progress(StatusLine())
    )
    show(report, pruned_view(report), output)
