"""What holds for every check that there is, and will be."""

import runpy
from collections.abc import Iterator

import pytest

from alphanest_db.checks.model import CheckResult, Options, State
from alphanest_db.checks.registry import all_checks
from alphanest_db.database.target import Target
from alphanest_db.settings import Environment
from tests.check_scenes import OPEN, ROWS, SCENES, Scene, results
from tests.conftest import ROOT, new_database
from tests.servers import execute

# Reported and not reported by tests of their own: they need a server, a role or a file of their own.
ELSEWHERE = {
    "broken-indexes", "broken-tables", "default-password", "no-tls", "stale-ignores", "superuser-role", "trust-in-pg-hba",
}  # fmt: skip
CHECKS = {check.name: check for check in all_checks()}
MANY = Options(samples=100)


@pytest.fixture(scope="module")
def broken(server: Target, template: str) -> Iterator[dict[str, CheckResult]]:
    """What all checks say of a database with every defect."""
    with new_database(server, template) as target:
        execute(target, ROWS + "ANALYZE;" + OPEN + "".join(scene.plant for scene in SCENES))
        yield results(target, environment=Environment.staging, options=MANY)


@pytest.fixture(scope="module")
def clean(server: Target, template: str) -> Iterator[dict[str, CheckResult]]:
    """What all checks say of a database in which everything is odd and nothing wrong."""
    with new_database(server, template) as target:
        execute(target, ROWS + "ANALYZE;" + "".join(scene.legal for scene in SCENES))
        asking = "SELECT count(*) FROM trades WHERE pair = 'x'"
        execute(target, "SET enable_seqscan = off", asking, "SELECT pg_stat_force_next_flush()")
        yield results(target, environment=Environment.staging, options=MANY)


def test_every_check_has_a_scene_or_tests_of_its_own() -> None:
    assert {scene.check for scene in SCENES} | ELSEWHERE == set(CHECKS)
    assert len(SCENES) + len(ELSEWHERE) == len(CHECKS)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.check)
def test_defect_is_reported(scene: Scene, broken: dict[str, CheckResult]) -> None:
    result = broken[scene.check]
    findings = list(result.samples)

    assert (result.state, result.count, result.reason) == (State.failed, scene.count, None), findings
    assert len(findings) == scene.count
    for finding in findings:
        assert (finding.check, finding.level) == (scene.check, CHECKS[scene.check].level)
        assert finding.message
        assert finding.sql
        assert all(finding.key)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.check)
def test_what_is_legal_is_not_reported(scene: Scene, clean: dict[str, CheckResult]) -> None:
    result = clean[scene.check]

    assert (list(result.samples), result.count) == ([], 0)


def test_nothing_is_skipped_or_broken(broken: dict[str, CheckResult], clean: dict[str, CheckResult]) -> None:
    told = {r.name: r.reason for of in (broken, clean) for r in of.values() if r.state in (State.skipped, State.error)}

    assert set(told) <= {"broken-indexes", "broken-tables"}, told


@pytest.mark.parametrize("name", CHECKS)
def test_check_says_what_it_is_for(name: str) -> None:
    check = CHECKS[name]

    assert check.summary.endswith(".")
    assert len(check.summary) <= 80
    assert all(text.endswith(".") for text in (check.why, check.remedy))
    assert set(check.tags) & {"integrity", "physical", "security"}
    ways = [bool(way) for way in (check.rows, check.look, check.rules)]
    assert sum(ways) == 1 or name == "stale-ignores"


def test_pages_are_what_the_checks_say_of_themselves() -> None:
    pages = runpy.run_path(str(ROOT / "docs" / "generate.py"))["check_pages"]()
    folder = ROOT / "docs" / "checks"

    assert {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")} == pages, "run `make docs`"
    assert {f"{name}.md" for name in CHECKS} <= set(pages)
