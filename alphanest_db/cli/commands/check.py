"""`alphanest check`: what is wrong with the rows, the schema, the files and the doors of a database."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from alphanest_db.cli.check_options import RunCommand, run_options_of
from alphanest_db.cli.commands import check_repair
from alphanest_db.cli.commands.check_repair import fix, write_revision
from alphanest_db.cli.default_command import DefaultGroup
from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import DatabaseCommand, LocalCommand, OutputOption, command_group, examples
from alphanest_db.cli.output import CheckOutput, Output, Severity
from alphanest_db.cli.render import StatusLine, show
from alphanest_db.cli.repair_options import Mode, RepairCommand, mode_of, plain_output
from alphanest_db.cli.state import state_of


class CheckGroup(DefaultGroup):
    """`check` alone is `check all`, with all its options."""

    default = "all"


app = command_group("Look for what is wrong: `check` alone is `check all`.", cls=CheckGroup)

OnlyOption = Annotated[
    list[str] | None, typer.Option("--only", metavar="NAME", help="A check, or a tag; may be given several times.")
]
SkipOption = Annotated[
    list[str] | None, typer.Option("--skip", metavar="NAME", help="A check or a tag to leave out; several times too.")
]
FailOnOption = Annotated[
    Severity, typer.Option("--fail-on", help="The least level of findings that makes the exit code 1.")
]
IgnoreFileOption = Annotated[
    Path | None,
    typer.Option(
        "--ignore-file", metavar="FILE", help="Findings to live with; else alphanest-ignore.toml, if there is one."
    ),
]
CheckOutputOption = Annotated[CheckOutput, typer.Option("--output", "-o", help="The form of the answer.")]


@app.callback()
def check() -> None:
    """Look for what is wrong: `check` alone is `check all`."""


def _add_runner(name: str, tags: tuple[str, ...], about: str, *calls: str) -> None:
    """A command that runs the checks with one of the tags; all such commands have the same options."""

    @app.command(name, cls=RunCommand, help=about, epilog=examples(*calls))
    def run(
        context: typer.Context,
        only: OnlyOption = None,
        skip: SkipOption = None,
        fail_on: FailOnOption = Severity.warning,
        ignore_file: IgnoreFileOption = None,
        output: CheckOutputOption = CheckOutput.table,
    ) -> ExitCode:
        return _run(context, tags, only, skip, fail_on, ignore_file, output)


_add_runner(
    "all", (),
    """Run all checks, or those that are named.

    Everything is looked at as it was at one moment, on several connections that only read; it runs on replicas, too. Counts
    are exact, samples a few. What could not be looked at is skipped, with the reason. Exits with 1 where something is found.
    """,
    "alphanest check", "alphanest check all --fail-on error --output sarif",
    "alphanest check --only values --skip cut-off-texts", "alphanest check --only orphans --all --output csv",
)  # fmt: skip


@app.command(
    cls=RepairCommand,
    epilog=examples(
        "alphanest check integrity", "alphanest check integrity --only links --samples 10",
        "alphanest check integrity --fix --dry-run", "alphanest check integrity --fix --only orphans --orphans quarantine",
        "alphanest check integrity --write-revision",
    ),
)  # fmt: skip
def integrity(
    context: typer.Context,
    only: OnlyOption = None,
    skip: SkipOption = None,
    fail_on: FailOnOption = Severity.warning,
    ignore_file: IgnoreFileOption = None,
    output: CheckOutputOption = CheckOutput.table,
) -> ExitCode:
    """Run the checks on rows, counters and schema, and repair.

    With --fix, what is certain is repaired in one transaction, with the rows locked and looked at again: orphans are put
    aside in alphanest_admin.quarantine_<table>, users get the subscription and the booth that they lack, items go to their
    owner's booth, counters are counted again, words of a list lose wrong case and spaces, and constraints that hold then are
    validated. It asks first, shows what is left to you, and `check undo RUN` takes it back. With --write-revision, what is
    to be mended in the schema becomes a migration.
    """
    from alphanest_db.checks.ignores import read_ignores
    from alphanest_db.checks.registry import choose_checks

    choose = partial(choose_checks, ("integrity",), only=only or (), skip=skip or ())
    match mode_of(context):
        case Mode.look:
            return _run(context, ("integrity",), only, skip, fail_on, ignore_file, output)
        case Mode.fix:
            return fix(context, choose(), read_ignores(ignore_file, Path.cwd()), fail_on, plain_output(output))
        case Mode.write:
            return write_revision(context, choose(), read_ignores(ignore_file, Path.cwd()), plain_output(output))


_add_runner(
    "physical", ("physical",),
    """Look for damaged pages and indexes, by amcheck.

    Reads every page of every table and index; skipped where the extension amcheck is not installed.
    """,
    "alphanest check physical", "alphanest check physical --output json",
)  # fmt: skip
_add_runner(
    "security", ("security",),
    """Run the checks on passwords, keys, roles and doors.

    In development and test, what does no harm there is only noted.
    """,
    "alphanest check security", "alphanest check security --only server",
)  # fmt: skip


@app.command(
    "foreign-keys",
    cls=DatabaseCommand,
    epilog=examples("alphanest check foreign-keys", "alphanest check foreign-keys --output csv"),
)
def foreign_keys(context: typer.Context, output: OutputOption = Output.table) -> ExitCode:
    """List all foreign keys with their state and rows.

    Those of the platform that are missing are in it. Exits with 1 where one has orphans, is missing, not valid, not enforced,
    or has no index.
    """
    from alphanest_db.checks.key_list import list_keys
    from alphanest_db.cli.views.check import keys_view
    from alphanest_db.workflows.checking import platform_of

    state = state_of(context)
    keys = list_keys(state.target, platform_of(state.settings))
    show(keys, keys_view(keys), output)
    return ExitCode.done if all(key.is_sound for key in keys) else ExitCode.answer_is_bad


@app.command(
    "list", cls=LocalCommand, epilog=examples("alphanest check list", "alphanest check list --only security -o json")
)
def list_checks(only: OnlyOption = None, skip: SkipOption = None, output: OutputOption = Output.table) -> None:
    """List the checks with their levels and tags."""
    from alphanest_db.checks.explaining import listed
    from alphanest_db.checks.registry import choose_checks
    from alphanest_db.cli.views.check import list_view

    checks = [listed(check) for check in choose_checks(only=only or (), skip=skip or ())]
    show(checks, list_view(checks), output)


@app.command(
    cls=LocalCommand, epilog=examples("alphanest check explain orphans", "alphanest check explain profit-amount")
)
def explain(
    name: Annotated[str, typer.Argument(help="The check's name.")], output: OutputOption = Output.table
) -> None:
    """Explain a check: why it matters, how to see and mend it."""
    from alphanest_db.checks.explaining import explain as explain_check
    from alphanest_db.cli.views.check import explain_view

    explanation = explain_check(name)
    show(explanation, explain_view(explanation), output)


def _run(
    context: typer.Context,
    tags: tuple[str, ...],
    only: list[str] | None,
    skip: list[str] | None,
    fail_on: Severity,
    ignore_file: Path | None,
    output: CheckOutput,
) -> ExitCode:
    from alphanest_db.checks.ignores import read_ignores
    from alphanest_db.checks.model import Level
    from alphanest_db.checks.registry import choose_checks
    from alphanest_db.checks.runner import run_checks
    from alphanest_db.cli.check_progress import check_progress
    from alphanest_db.cli.views.check_report import show_report
    from alphanest_db.workflows.checking import platform_of

    checks = choose_checks(tags, only=only or (), skip=skip or ())
    ignores = read_ignores(ignore_file, Path.cwd())
    state = state_of(context)
    options = run_options_of(context, state.settings)
    line = StatusLine()
    with run_checks(
        state.target, checks, platform_of(state.settings), ignores=ignores, options=options,
        today=datetime.now(UTC).date(), progress=check_progress(line),
    ) as report:  # fmt: skip
        line.clear()
        show_report(report, output, fail_on=Level(fail_on.value))
        return ExitCode.done if report.is_clean(Level(fail_on.value)) else ExitCode.answer_is_bad


app.registered_commands += check_repair.app.registered_commands
