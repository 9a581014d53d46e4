"""`alphanest seed synthetic` and `seed keys`: a platform of any size, and the keys of its users."""

import os
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from alphanest_db.cli.interrupts import held_interrupts
from alphanest_db.cli.options import (
    DatabaseCommand,
    LocalCommand,
    LockWaitOption,
    OutputOption,
    command_group,
    examples,
)
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, show, show_stream
from alphanest_db.cli.state import state_of

app = command_group("Synthetic data.")


class Scale(StrEnum):
    """How many times 1,000 users."""

    one = "1"
    ten = "10"
    hundred = "100"


ScaleOption = Annotated[
    Scale, typer.Option("--scale", help="How many times 1,000 users, 5,000 items and 30,000 trades.")
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", help="Another number, another platform.")]


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest seed synthetic", "alphanest seed synthetic --scale 100 --seed 7",
        "alphanest seed synthetic --users 500 --trades 100000 --until 2026-11-01", "alphanest seed synthetic --to-files data",
    ),
)  # fmt: skip
def synthetic(
    context: typer.Context,
    scale: ScaleOption = Scale.one,
    users: Annotated[int | None, typer.Option("--users", metavar="N", help="How many users.")] = None,
    trades: Annotated[int | None, typer.Option("--trades", metavar="N", help="How many trades.")] = None,
    items_per_user: Annotated[
        int | None, typer.Option("--items-per-user", metavar="N", help="How many items for each user; 5, if not given.")
    ] = None,
    days: Annotated[int | None, typer.Option("--days", metavar="N", help="How old the platform is; 365, if not given.")] = None,
    seed: SeedOption = 1,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="The day before whose beginning (UTC) all of it lies; today's."),
    ] = None,
    to_files: Annotated[
        Path | None, typer.Option("--to-files", metavar="DIR", help="Write files for COPY into a new folder instead.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", "-j", min=0, max=64,
            help="How many processes make rows; 0 for as many as there are cores. Two at most, if not given, and beside a server "
            "on two cores one.",
        ),
    ] = None,
    lock_wait: LockWaitOption = 30,
    output: OutputOption = Output.table,
) -> None:  # fmt: skip
    """Put in a platform of any size, for load tests and demos.

    The same seed, sizes and --until make the same rows, byte by byte. All in one transaction: interrupted, nothing is left.
    On empty tables indexes and keys are dropped and made again in it; where there are rows, they stay. Everybody has the same
    known password, and `seed keys` shows the API keys. Refused with pending migrations, and in staging and production.
    """
    from alphanest_db.cli.seed_progress import load_report, lock_progress
    from alphanest_db.cli.views.seed_synthetic import files_view, run_view
    from alphanest_db.seeding.synthetic.parameters import Parameters
    from alphanest_db.workflows.synthetic import seed_synthetic, write_synthetic

    state = state_of(context)
    day = until.date() if until else _today()
    parameters = Parameters.at_scale(
        int(scale), seed=seed, until=day, users=users, trades=trades, items_per_user=items_per_user, days=days
    )
    jobs = os.cpu_count() if jobs == 0 else jobs
    line = StatusLine()
    if to_files:
        report = load_report(line, parameters)
        written = write_synthetic(state.settings, parameters, to_files, os.environ, jobs=jobs, report=report)
        show(written, files_view(written), output)
        return
    target = state.announce()
    with held_interrupts() as check:
        run = seed_synthetic(
            target, state.settings, state.migrations, parameters, os.environ, jobs=jobs, lock_wait_seconds=lock_wait,
            report=load_report(line, parameters, check), lock_progress=lock_progress(line, check),
        )  # fmt: skip
        show(run, run_view(run), output)  # whoever is too late to end it hears that it is done


@app.command(
    cls=LocalCommand,
    epilog=examples("alphanest seed keys --limit 10", "alphanest seed keys --seed 7 --limit 1000 --output csv"),
)
def keys(
    seed: SeedOption = 1,
    first: Annotated[int, typer.Option("--first", min=1, max=10**8, metavar="N", help="With which user to begin.")] = 1,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10**8, metavar="N", help="How many users.")] = 20,
    output: OutputOption = Output.table,
) -> None:
    """Show names and API keys of synthetic users.

    They follow from the seed and the user's number, so no database is asked, and none need be there.
    """
    from alphanest_db.cli.views.seed_synthetic import keys_grid
    from alphanest_db.workflows.synthetic_keys import synthetic_keys

    show_stream(synthetic_keys(seed, first, limit), keys_grid, output)


def _today() -> date:
    return datetime.now(UTC).date()
