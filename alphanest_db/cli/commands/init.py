"""`alphanest init`: everything that a fresh machine or a starting container needs."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from alphanest_db.cli.options import DatabaseCommand, OutputOption, WaitOption, command_group, examples
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, say, show
from alphanest_db.cli.state import state_of

app = command_group("Bring the database up.")


@app.command(
    cls=DatabaseCommand,
    epilog=examples("alphanest init --demo", "alphanest init --wait 120", "alphanest init --output json"),
)
def init(
    context: typer.Context,
    demo: Annotated[bool, typer.Option("--demo", help="Put the demo data in.")] = False,
    wait: WaitOption = 60,
    output: OutputOption = Output.table,
) -> None:
    """Bring the database up: create it, migrate it, fill it.

    Waits for the server first. Safe to run again and from several containers at once; it is all that a container needs to run
    on start.
    """
    from alphanest_db.cli.progress import run_report, waiting_progress
    from alphanest_db.cli.views.init import init_view
    from alphanest_db.workflows.initialise import InitReport, initialise

    state = state_of(context)
    line = StatusLine()
    report = InitReport(waiting=waiting_progress(line), notify=say, run=run_report(line))
    result = initialise(
        state.announce(), state.settings, state.migrations,
        demo=demo, wait_seconds=wait, now=datetime.now(UTC), report=report,
    )  # fmt: skip
    show(result, init_view(result, embedded=state.target.embedded), output)
