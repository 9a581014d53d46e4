"""Running checks: all of one moment, several at a time, each for itself."""

import contextlib
import queue
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, date

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.checks.ground import Ground, Platform, read_ground
from alphanest_db.checks.ignores import Ignore, in_force, stale_entries
from alphanest_db.checks.model import (
    Check,
    CheckReport,
    CheckResult,
    Finding,
    Level,
    Options,
    Progress,
    State,
)
from alphanest_db.checks.moment import attempt, one_moment
from alphanest_db.checks.parts import Part, Work
from alphanest_db.checks.planning import plan_work
from alphanest_db.checks.registry import all_checks
from alphanest_db.checks.scan import Question, stream
from alphanest_db.database.target import Target

STALE_IGNORES = "stale-ignores"


@contextlib.contextmanager
def run_checks(
    target: Target, checks: Sequence[Check], platform: Platform, *,
    ignores: Sequence[Ignore] = (), options: Options | None = None, today: date,
    progress: Progress = lambda _done, _all, _what: None,
) -> Iterator[CheckReport]:  # fmt: skip
    """The report on the database as it is at this moment; reads only.

    With `options.everything`, samples are read from the server as they are iterated, so inside the `with` alone.
    Raises DatabaseUnreachable where the server goes away; everything else that happens to a check is in its result.
    """
    options = options or Options()
    begun = time.monotonic()
    with one_moment(target, options) as moment:
        ground = read_ground(moment.connections[0], platform)
        results = look(
            ground, moment.connections, checks, ignores=ignores, options=options, today=today, progress=progress
        )
        yield CheckReport(
            ground.database, ground.revision, moment.taken_at.astimezone(UTC), round(time.monotonic() - begun, 3),
            tuple(results),
        )  # fmt: skip


def look(
    ground: Ground, connections: Sequence[Connection], checks: Sequence[Check], *,
    ignores: Sequence[Ignore], options: Options, today: date, progress: Progress = lambda _done, _all, _what: None,
) -> list[CheckResult]:  # fmt: skip
    """What comes of each check, by name, in the transactions that the connections have begun."""
    work, parts = plan_work(ground, checks, in_force(ignores, today))
    parts += _done(work, ground, connections, options, progress)
    results = [_result(check, parts, ground, options) for check in checks if check.name != STALE_IGNORES]
    if any(check.name == STALE_IGNORES for check in checks):
        results.append(_stale_result(results, parts, ignores, today))
    return sorted(results, key=lambda result: result.name)


def _done(
    work: Sequence[Work], ground: Ground, connections: Sequence[Connection], options: Options, progress: Progress
) -> list[Part]:
    """All pieces, the heaviest first, each on the next connection that is free."""
    free: queue.SimpleQueue[Connection] = queue.SimpleQueue()
    for connection in connections:
        free.put(connection)

    def do(piece: Work) -> list[Part]:
        connection = free.get()
        try:
            return piece.run(replace(ground, connection=connection), options)
        finally:
            free.put(connection)

    executor = ThreadPoolExecutor(len(connections), thread_name_prefix="check")
    try:
        heaviest_first = sorted(work, key=lambda piece: -piece.weight)
        futures = {executor.submit(do, piece): piece for piece in heaviest_first}
        return list(_collected(futures, progress))
    finally:
        executor.shutdown(cancel_futures=True)


def _collected(futures: "dict[Future[list[Part]], Work]", progress: Progress) -> Iterator[Part]:
    progress(0, len(futures), "")
    for number, future in enumerate(as_completed(futures), start=1):
        progress(number, len(futures), futures[future].title)
        yield from future.result()


def _result(check: Check, parts: Iterable[Part], ground: Ground, options: Options) -> CheckResult:
    own = [part for part in parts if part.check == check.name]
    level = check.quiet_level if check.quiet_level and ground.is_quiet else check.level
    count = sum(part.count for part in own)
    samples = tuple(_stamped(finding, check, level) for part in own for finding in part.samples)
    errors = _distinct(part.error for part in own)
    skipped = _distinct(part.skipped for part in own)
    ignored = [
        f"{hits} ignored until {entry.expires}: {entry.reason}" for part in own for entry, hits in part.hits if hits
    ]
    state = State.failed if count else State.error if errors else State.skipped if skipped else State.passed
    rest = tuple(question for part in own for question in part.rest)
    found: Iterable[Finding] = samples
    if options.everything and rest:
        found = _AllFindings(ground, check, level, rest)
    reason = "; ".join([*errors, *skipped, *ignored]) or None
    return CheckResult(check.name, level, state, count, found, reason)


@dataclass(frozen=True)
class _AllFindings:
    """Every finding of a check on rows, read anew from the server each time that it is iterated."""

    ground: Ground
    check: Check
    level: Level
    questions: tuple[Question, ...]

    def __iter__(self) -> Iterator[Finding]:
        for question in self.questions:
            with attempt(self.ground.connection):
                for finding in stream(self.ground.connection, question, self.ground.tables):
                    yield _stamped(finding, self.check, self.level)


def _stamped(finding: Finding, check: Check, level: Level) -> Finding:
    return replace(finding, check=check.name, level=finding.level or level)


def _stale_result(
    results: Sequence[CheckResult], parts: Iterable[Part], ignores: Sequence[Ignore], today: date
) -> CheckResult:
    check = next(check for check in all_checks() if check.name == STALE_IGNORES)
    hits: dict[Ignore, int] = {}
    for part in parts:
        for entry, number in part.hits:
            hits[entry] = hits.get(entry, 0) + number
    known = [item.name for item in all_checks()]
    looked_at = [result.name for result in results if result.state in (State.passed, State.failed)]
    stale = [_stamped(finding, check, check.level) for finding in stale_entries(ignores, hits, known, looked_at, today)]
    state = State.failed if stale else State.passed
    return CheckResult(check.name, check.level, state, len(stale), tuple(stale))


def _distinct(words: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word))
