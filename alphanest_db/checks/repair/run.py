"""A repair: one at a time, in one transaction, and what is left for people to do."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.checks.ground import Platform, read_ground
from alphanest_db.checks.ignores import Ignore, in_force
from alphanest_db.checks.model import Check, CheckResult, State
from alphanest_db.checks.repair.companions import make_companions
from alphanest_db.checks.repair.counters import recount
from alphanest_db.checks.repair.holding import make_constraints_hold
from alphanest_db.checks.repair.items import move_items
from alphanest_db.checks.repair.model import (
    KIND,
    Companions,
    Left,
    Orphans,
    Progress,
    Repaired,
    RepairOptions,
    RepairReport,
)
from alphanest_db.checks.repair.orphans import mend_orphans
from alphanest_db.checks.repair.quarantine import Quarantine
from alphanest_db.checks.repair.session import look_options, one_repairer, one_transaction
from alphanest_db.checks.repair.values import correct_values
from alphanest_db.checks.repair.work import Work
from alphanest_db.checks.runner import look, run_checks
from alphanest_db.database.failures import primary_message
from alphanest_db.database.target import Target
from alphanest_db.errors import Refused
from alphanest_db.journal.model import Action, Run, Step
from alphanest_db.journal.reading import get_run, read_changes
from alphanest_db.journal.shape import read_shape
from alphanest_db.journal.writing import begin_run, ensure_journal

# Words come first: a constraint on them, NOT VALID, would refuse all other changes of the row. Users get booths before items move
# there; both come before rows are taken away, with which items would go. Counts come after all that, and constraints last.
_STEPS = (
    ("values of lists", correct_values),
    ("users without subscription or booth", make_companions),
    ("items in the wrong booth", move_items),
    ("orphans", mend_orphans),
    ("counters", recount),
    ("constraints", make_constraints_hold),
)


@dataclass(frozen=True)
class Repair:
    """What to repair: what these checks find, but for what somebody lives with. `by` is who is at work (`user@host`)."""

    checks: Sequence[Check]
    platform: Platform
    companions: Sequence[Companions]
    ignores: Sequence[Ignore]
    options: RepairOptions
    by: str
    today: date


@contextlib.contextmanager
def repair_database(
    target: Target, repair: Repair, *, progress: Progress = lambda _what: None
) -> Iterator[RepairReport]:
    """Repair, and report what was done and what is left; with `options.dry_run`, all of it is taken back at the end.

    Where all changes are wanted, they are read from the server as they are iterated, so inside the `with` alone. Raises
    LockTimeout where somebody holds a row or a table, or another repair is at work; nothing is changed then.
    """
    started_at, begun = datetime.now(UTC), time.monotonic()
    options = repair.options
    with one_repairer(target, options, progress) as connection:
        if not options.dry_run:
            ensure_journal(connection)
        with one_transaction(connection, options):
            run = _carry_out(connection, repair, progress)
            if run.steps and not options.dry_run:
                connection.commit()
            progress("looking at what is left")
            with _left(target, connection, repair) as left:
                yield RepairReport(
                    target.database, run.id if run.steps and not options.dry_run else None, options.dry_run, started_at,
                    round(time.monotonic() - begun, 3),
                    tuple(_repaired(connection, run, step, options) for step in run.steps), left,
                )  # fmt: skip


def _carry_out(connection: Connection, repair: Repair, progress: Progress) -> Run:
    """All steps; what they did as the journal has it."""
    ensure_journal(connection)
    ground = read_ground(connection, repair.platform)
    wanted = frozenset(check.name for check in repair.checks)
    asked = {"checks": sorted(wanted), "orphans": repair.options.orphans.value}
    recording = begin_run(connection, KIND, asked, by=repair.by)
    work = Work(
        ground, recording, wanted, in_force(repair.ignores, repair.today), repair.options, repair.companions, progress
    )
    for title, step in _STEPS:
        progress(f"repairing: {title}")
        try:
            step(work)
        except psycopg2.IntegrityError as error:
            raise Refused(
                f"{title} cannot be repaired: {primary_message(error)}",
                "Nothing was changed. Make way for it, or leave the check out with --skip.",
            ) from error
    return get_run(connection, recording.id, KIND)


@contextlib.contextmanager
def _left(target: Target, connection: Connection, repair: Repair) -> Iterator[tuple[Left, ...]]:
    """What the checks find now: on connections of their own, or, before it is taken back, where only we see it."""
    options = look_options(repair.options)
    if repair.options.dry_run:
        ground = read_ground(connection, repair.platform)
        yield _found(
            repair.checks,
            look(ground, [connection], repair.checks, ignores=repair.ignores, options=options, today=repair.today),
        )
        return
    with run_checks(
        target, repair.checks, repair.platform, ignores=repair.ignores, options=options, today=repair.today
    ) as report:
        yield _found(repair.checks, report.checks)


def _found(checks: Sequence[Check], results: Sequence[CheckResult]) -> tuple[Left, ...]:
    remedies = {check.name: check.remedy for check in checks}
    return tuple(
        Left(
            result.name, result.level, result.state, result.count, remedies[result.name], result.samples, result.reason
        )
        for result in results
        if result.state is not State.passed
    )


def _repaired(connection: Connection, run: Run, step: Step, options: RepairOptions) -> Repaired:
    shape = read_shape(connection, step.schema, step.table)
    put_aside = step.action is Action.delete and options.orphans is Orphans.quarantine
    samples = read_changes(connection, run.id, step=step.number, most=None if options.everything else options.samples)
    return Repaired(
        step.reason, step.action, shape.shown, step.details.get("constraint"),
        Quarantine(shape).table if put_aside else None, step.rows,
        samples if options.everything else tuple(samples),
    )  # fmt: skip
