"""`alphanest db drift`: the database against its migrations."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import DatabaseCommand, IgnoreFileOption, OutputOption, command_group, examples
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import show, show_script
from alphanest_db.cli.state import state_of

app = command_group("The database against its migrations.")


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest db drift", "alphanest db drift --output json", "alphanest db drift --sql",
        "alphanest db drift --ignore-file ops/ignore.toml",
    ),
)  # fmt: skip
def drift(
    context: typer.Context,
    ignore_file: IgnoreFileOption = None,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the SQL that sets it right, where that is certain.")
    ] = False,
    output: OutputOption = Output.table,
) -> ExitCode:
    """Compare the database with its migrations.

    Exits with 1 where the schema is not what they make. They are run on a scratch database, up to the revision at which
    the database stands; then the two are compared object by object. Changes nothing in the database.
    """
    from alphanest_db.cli.views.drift import drift_view
    from alphanest_db.schema.drift.find import find_drift
    from alphanest_db.schema.drift.ignores import read_ignores
    from alphanest_db.schema.drift.script import repair_script

    state = state_of(context)
    report = find_drift(
        state.target, state.migrations, state.settings.home, os.environ, ignores=read_ignores(ignore_file, Path.cwd()),
        today=datetime.now(UTC).date(), timeout_seconds=state.settings.connect_timeout_seconds,
    )  # fmt: skip
    if sql:
        show_script(repair_script(report))
    else:
        show(report, drift_view(report), output)
    return ExitCode.done if report.is_clean else ExitCode.answer_is_bad
