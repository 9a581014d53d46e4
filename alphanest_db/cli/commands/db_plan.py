"""`alphanest db plan`: what an upgrade would lock and rewrite."""

import os
from enum import StrEnum
from typing import Annotated

import typer

from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import DatabaseCommand, command_group, examples
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import show, show_script
from alphanest_db.cli.state import state_of

app = command_group("What migrations would do to the database.")

_RELATIVE = {"ignore_unknown_options": True}


class PlanOutput(StrEnum):
    """The forms of a plan; Markdown is for a pull request."""

    table = "table"
    json = "json"
    markdown = "markdown"


class FailOn(StrEnum):
    """From which level on a plan is a bad answer."""

    info = "info"
    warning = "warning"
    error = "error"


PlanOutputOption = Annotated[PlanOutput, typer.Option("--output", "-o", help="The form of the answer.")]
FailOnOption = Annotated[FailOn, typer.Option("--fail-on", help="Exit with 1 where something matters this much.")]


@app.command(
    cls=DatabaseCommand, context_settings=_RELATIVE,
    epilog=examples("alphanest db plan", "alphanest db plan +1 --fail-on warning", "alphanest db plan --output markdown"),
)  # fmt: skip
def plan(
    context: typer.Context,
    revision: Annotated[str, typer.Argument(help="How far: a revision id or the start of one, head, +1.")] = "head",
    fail_on: FailOnOption = FailOn.error,
    output: PlanOutputOption = PlanOutput.table,
) -> ExitCode:
    """Show what pending migrations would lock and rewrite.

    Weighed by size and writes of the live tables, with what squawk says. The migrations are run on an empty copy of the
    schema, on the same server where the role may create databases; the database itself is only read.
    """
    from alphanest_db.cli.views.plan import plan_markdown, plan_view
    from alphanest_db.schema.planning.model import Level
    from alphanest_db.schema.planning.plan import plan_upgrade

    state = state_of(context)
    settings = state.settings
    planned = plan_upgrade(
        state.target, state.migrations, settings.home, os.environ, revision,
        timeout_seconds=settings.connect_timeout_seconds,
    )  # fmt: skip
    if output is PlanOutput.markdown:
        show_script(plan_markdown(planned))
    else:
        show(planned, plan_view(planned), Output(output.value))
    return ExitCode.answer_is_bad if planned.level.rank >= Level(fail_on.value).rank else ExitCode.done
