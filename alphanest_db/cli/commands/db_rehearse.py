"""`alphanest db rehearse`: the pending migrations on a copy of the data."""

import os
import sys
from typing import Annotated

import typer

from alphanest_db.cli.commands.db_plan import PlanOutput, PlanOutputOption
from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import RevisionCommand, command_group, examples, no_option
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, show, show_script
from alphanest_db.cli.state import state_of

app = command_group("Migrations on a copy of the data.")


@app.command(
    cls=RevisionCommand,
    epilog=examples(
        "alphanest db rehearse", "alphanest db rehearse --from-backup latest", "alphanest db rehearse +1 --no-downgrade",
        "alphanest db rehearse --output markdown",
    ),
)  # fmt: skip
def rehearse(
    context: typer.Context,
    revision: Annotated[
        str, typer.Argument(callback=no_option, help="How far: an id or its start, head, +1.")
    ] = "head",
    from_backup: Annotated[
        str | None,
        typer.Option(
            "--from-backup",
            metavar="BACKUP",
            help="Take the data of this backup, named as for restore: latest, a name, a path, or - for a dump on standard input.",
        ),
    ] = None,
    no_downgrade: Annotated[bool, typer.Option("--no-downgrade", help="Only the way up.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Copy even where there seems to be no room.")] = False,
    output: PlanOutputOption = PlanOutput.table,
) -> ExitCode:
    """Run pending migrations on a copy with the data.

    Up, down and up again: how long each takes, which locks it holds for how long, what it rewrites, how much WAL it writes,
    and whether the downgrade gives all data and the schema back. Exits with 1 where it does not, or a migration fails.
    The database itself is only read, in one snapshot, or not at all with --from-backup; the copy is dropped at the end.
    """
    from alphanest_db.cli.progress import rehearsal_progress
    from alphanest_db.cli.views.rehearsal import rehearsal_markdown, rehearsal_view
    from alphanest_db.schema.rehearsal.rehearse import RehearsalOptions
    from alphanest_db.workflows.rehearse import rehearse_guarded

    state = state_of(context)
    options = RehearsalOptions(not no_downgrade, yes, state.settings.connect_timeout_seconds)
    found = rehearse_guarded(
        state.target, state.settings, state.migrations, revision, os.environ, sys.stdin.buffer,
        from_backup=from_backup, options=options, progress=rehearsal_progress(StatusLine()),
    )  # fmt: skip
    if output is PlanOutput.markdown:
        show_script(rehearsal_markdown(found))
    else:
        show(found, rehearsal_view(found), Output(output.value))
    return ExitCode.done if found.is_fine else ExitCode.answer_is_bad
