"""`alphanest export`: rows into files."""

import os
from pathlib import Path
from typing import Annotated

import typer

from alphanest_db.cli.options import (
    DatabaseCommand,
    JobsOption,
    LockTimeoutOption,
    OutputOption,
    command_group,
    examples,
)
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, show
from alphanest_db.cli.state import state_of
from alphanest_db.exporting.choices import ExportFormat

app = command_group("Write rows into files.")


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest export rows", "alphanest export rows --format parquet --table trades --table 'nft_*'",
        "alphanest export rows --format json --query 'SELECT pair, count(*) AS n FROM trades GROUP BY pair' --name pairs",
    ),
)  # fmt: skip
def export(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The folder for the files; it is made where it is missing.")
    ],
    form: Annotated[
        ExportFormat, typer.Option("--format", help="CSV with a header, JSON lines, or Parquet.")
    ] = ExportFormat.csv,
    table: Annotated[
        list[str] | None,
        typer.Option(
            "--table", "-t", metavar="PATTERN", help="Only these tables, as users or shop.*; may be repeated."
        ),
    ] = None,
    query: Annotated[
        str | None, typer.Option("--query", "-q", metavar="SQL", help="The rows of this SELECT instead of tables.")
    ] = None,
    name: Annotated[str, typer.Option("--name", help="What the file of --query is called.")] = "query",
    with_secrets: Annotated[
        bool, typer.Option("--with-secrets", help="Put password hashes and API keys in as well.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already.")] = False,
    jobs: JobsOption = 0,
    lock_timeout: LockTimeoutOption = 30,
    output: OutputOption = Output.table,
) -> None:
    """Export tables, or a query, to CSV, JSON lines or Parquet.

    All files are of one moment, for their owner alone, and there as a whole or not at all; any number of rows takes the same
    memory. Password hashes and API keys are left out. Parquet needs `pip install 'alphanest-db[parquet]'`.
    """
    from alphanest_db.cli.export_progress import export_progress
    from alphanest_db.cli.views.export import export_view
    from alphanest_db.exporting.run import ExportOrder
    from alphanest_db.exporting.run import export as export_to

    state = state_of(context)
    order = ExportOrder(
        form, tuple(table or ()), query, name, with_secrets, force, jobs or min(4, os.cpu_count() or 1), lock_timeout,
        state.settings.connect_timeout_seconds,
    )  # fmt: skip
    done = export_to(state.target, folder.absolute(), order, report=export_progress(StatusLine()))
    show(done, export_view(done), output)
