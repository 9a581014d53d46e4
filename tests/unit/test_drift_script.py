"""The repair script is safe to read on a terminal and to run."""

from dataclasses import replace

from alphanest_db.schema.drift.model import Drift, DriftKind, DriftLevel, DriftReport
from alphanest_db.schema.drift.script import repair_script

VIEW = Drift(
    DriftKind.extra, DriftLevel.warning, "view", "public", None, "report", "no migration makes it", None,
    "CREATE VIEW public.report AS\n SELECT 1;", "DROP VIEW public.report;",
)  # fmt: skip


def script_of(*drifts: Drift) -> str:
    """The script for these."""
    return repair_script(DriftReport("nest", ("abc",), drifts, (), (), ()))


def test_each_drift_has_its_comment_and_what_is_dropped_can_be_made_again() -> None:
    assert script_of(VIEW).endswith(
        "\n-- extra view public.report: no migration makes it\n"
        "--   drops: CREATE VIEW public.report AS\n--   drops:  SELECT 1;\n"
        "DROP VIEW public.report;\n"
    )


def test_uncertain_drift_has_no_statement() -> None:
    lines = script_of(replace(VIEW, sql=None)).splitlines()

    assert all(line.startswith("--") or not line for line in lines)


def test_name_with_a_line_break_stays_inside_its_comment() -> None:
    script = script_of(replace(VIEW, name="x\nDROP TABLE users;", sql=None, actual="a\rDROP TABLE users;"))

    assert all(line.startswith("--") or not line for line in script.splitlines())


def test_name_that_steers_a_terminal_gets_no_statement() -> None:
    script = script_of(replace(VIEW, name="\x1b[31m", sql='DROP VIEW public."\x1b[31m";'))

    assert ("\x1b" in script, "No statement" in script) == (False, True)


def test_concurrent_builds_wait_as_long_as_they_need() -> None:
    script = script_of(replace(VIEW, sql="CREATE INDEX CONCURRENTLY i ON t (a);"))

    assert "SET lock_timeout = 0;\nCREATE INDEX CONCURRENTLY i ON t (a);\nSET lock_timeout = '5s';\n" in script


def test_nothing_to_do_is_said() -> None:
    assert script_of().endswith("-- Nothing to do.\n")
