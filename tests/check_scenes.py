"""A database in order, a defect for each check, and what is odd but legal."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from alphanest_db.checks.ground import Demo, Platform
from alphanest_db.checks.model import Check, CheckReport, CheckResult
from alphanest_db.checks.registry import all_checks, get_check
from alphanest_db.checks.runner import run_checks
from alphanest_db.database.target import Target
from alphanest_db.settings import Environment
from tests.conftest import FIXTURES

TODAY = datetime.now(UTC).date()


@dataclass(frozen=True)
class Scene:
    """What plants a defect, how many findings that makes, and what comes near to it and is legal."""

    check: str
    plant: str
    count: int
    legal: str = ""


_SCENE = re.compile(r"^-- ([a-z-]+): (\d+)\n(.*?)(?:^-- legal\n(.*?))?(?=^-- [a-z-]+: |\Z)", re.DOTALL | re.MULTILINE)

ROWS = (FIXTURES / "check_rows.sql").read_text(encoding="utf-8")
SCENES = tuple(
    Scene(check, plant, int(count), legal)
    for check, count, plant, legal in _SCENE.findall((FIXTURES / "check_scenes.sql").read_text(encoding="utf-8"))
)

# What must be out of the way for defects to be planted: the database would refuse most of them.
OPEN = """
DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint WHERE contype = 'c' AND conname LIKE 'ck\\_%' LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname);
    END LOOP;
END $$;
ALTER TABLE nft_items ALTER COLUMN booth_id DROP NOT NULL;
SET session_replication_role = replica;
"""


def platform(environment: Environment = Environment.development, *, bcrypt_cost: int = 12) -> Platform:
    """The platform as checks know it; a hash that says so is that of the demo password."""
    demo = Demo(("demo-id",), ("CYWF", "NeonTrader", "CyberNinja"), "demo123")
    return Platform(
        environment,
        bcrypt_cost,
        ("alphanest",),
        "alphanest.synthetic.",
        lambda: demo,
        lambda password, stored: stored == f"verified:{password}",
    )


@contextmanager
def run(
    target: Target,
    *names: str,
    environment: Environment = Environment.development,
    checks: tuple[Check, ...] = (),
    **rest: Any,
) -> Iterator[CheckReport]:  # Any: further options of the runner
    """The report of the checks of these names, else of all."""
    chosen = checks or tuple(get_check(name) for name in names) or all_checks()
    with run_checks(target, chosen, platform(environment), today=TODAY, **rest) as report:
        yield report


def results(target: Target, *names: str, **rest: Any) -> dict[str, CheckResult]:  # Any: as above
    """What came of each check, its samples in hand."""
    with run(target, *names, **rest) as report:
        return {result.name: result for result in report.checks}
