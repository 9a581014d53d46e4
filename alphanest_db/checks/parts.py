"""Pieces of work, each done on one connection: a scan of a table for all its rules, or one question to the catalog."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import psycopg2
from psycopg2 import errorcodes

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.ignores import Ignore
from alphanest_db.checks.model import Check, Finding, Options, Skip
from alphanest_db.checks.moment import attempt
from alphanest_db.checks.scan import Question, scan
from alphanest_db.checks.tables import Table
from alphanest_db.database.failures import primary_message
from alphanest_db.database.identifiers import literal, statement
from alphanest_db.errors import DatabaseUnreachable
from alphanest_db.redact import hide_secrets
from alphanest_db.units import plural

Found = TypeVar("Found")
_log = logging.getLogger(__name__)
_ROWS_OF_A_PAGE = 30
_LETTERS_OF_A_LOOKUP = 300

# What keeps us from looking is no fault of the database, and none of ours.
_HINDRANCES = {
    errorcodes.QUERY_CANCELED: "raise --statement-timeout",
    errorcodes.LOCK_NOT_AVAILABLE: "try again when nobody holds the table",
    errorcodes.SERIALIZATION_FAILURE: "the replica had to go on replaying; try again, or ask the primary",
    errorcodes.INSUFFICIENT_PRIVILEGE: "connect as a role that may read it",
    errorcodes.UNDEFINED_TABLE: "",
    errorcodes.UNDEFINED_COLUMN: "",
    errorcodes.UNDEFINED_FUNCTION: "",
}


@dataclass(frozen=True)
class Part:
    """What one piece of work says of one check; `rest` are the questions whose further findings can be streamed."""

    check: str
    count: int = 0
    samples: tuple[Finding, ...] = ()
    hits: tuple[tuple[Ignore, int], ...] = ()
    rest: tuple[Question, ...] = ()
    skipped: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class TableScan:
    """All questions about the rows of one table."""

    table: Table
    questions: tuple[Question, ...]
    ignores: dict[str, tuple[Ignore, ...]] = field(repr=False)

    @property
    def weight(self) -> float:
        """How much there is to do, roughly: the longer a condition, the dearer, and a look-up as much as a long one."""
        rows = self.table.rows if self.table.rows >= 0 else self.table.pages * _ROWS_OF_A_PAGE
        conditions = sum(len(question.rule.condition + question.rule.screen) for question in self.questions)
        looked_up = {join for question in self.questions for join in question.rule.joins}
        return float(rows * (conditions + _LETTERS_OF_A_LOOKUP * len(looked_up)))

    @property
    def title(self) -> str:
        """What is being looked at."""
        return self.table.shown

    def run(self, ground: Ground, options: Options) -> list[Part]:
        """The answers; where the questions cannot all be asked together, those that can be."""
        try:
            budget = _over_budget(ground, self.table, options)
        except psycopg2.Error as error:
            return [_broken(question.check, error) for question in self.questions]
        if budget:
            return [Part(question.check, skipped=budget) for question in self.questions]
        return list(self._ask(ground, options, self.questions))

    def _ask(self, ground: Ground, options: Options, questions: Sequence[Question]) -> Iterator[Part]:
        try:
            with attempt(ground.connection):
                answers = scan(ground.connection, questions, ground.tables, options.samples)
        except psycopg2.DataError as error:
            yield from self._ask_again(ground, options, questions, error)
            return
        except psycopg2.Error as error:
            if error.pgcode in (errorcodes.QUERY_CANCELED, errorcodes.LOCK_NOT_AVAILABLE):
                yield from (_broken(question.check, error) for question in questions)
            else:
                yield from self._ask_apart(ground, options, questions, error)
            return
        for answer in answers:
            check = answer.question.check
            hits = tuple(zip(self.ignores.get(check, ()), answer.ignored, strict=True))
            yield Part(check, answer.count, answer.samples, hits, (answer.question,) if answer.count else ())

    def _ask_again(
        self, ground: Ground, options: Options, questions: Sequence[Question], error: psycopg2.Error
    ) -> Iterator[Part]:
        """With conditions that look before they leap."""
        careful = [question.carefully() for question in questions]
        if careful == list(questions):
            yield from self._ask_apart(ground, options, questions, error)
        else:
            yield from self._ask(ground, options, careful)

    def _ask_apart(
        self, ground: Ground, options: Options, questions: Sequence[Question], error: psycopg2.Error
    ) -> Iterator[Part]:
        """In halves, until it is known which question it is that cannot be answered."""
        if len(questions) == 1:
            yield _broken(questions[0].check, error)
            return
        middle = len(questions) // 2
        yield from self._ask(ground, options, questions[:middle])
        yield from self._ask(ground, options, questions[middle:])


@dataclass(frozen=True)
class CatalogLook:
    """One check that asks the catalog."""

    check: Check
    ignores: tuple[Ignore, ...]

    @property
    def weight(self) -> float:
        """Little, as a rule; the physical ones read everything."""
        return float("inf") if "physical" in self.check.tags else 0

    @property
    def title(self) -> str:
        """What is being looked at."""
        return self.check.name

    def run(self, ground: Ground, options: Options) -> list[Part]:
        """What it finds, but for what is ignored."""
        assert self.check.look is not None
        findings, broken = guarded(ground, self.check, self.check.look)
        hits = tuple((ignore, sum(ignore.fits(finding) for finding in findings)) for ignore in self.ignores)
        left = [finding for finding in findings if not any(ignore.fits(finding) for ignore in self.ignores)]
        shown = left if options.everything else left[: options.samples]
        return [Part(self.check.name, len(left), tuple(shown), hits), *broken]


Work = TableScan | CatalogLook


def guarded(ground: Ground, check: Check, look: Callable[[Ground], Iterable[Found]]) -> tuple[list[Found], list[Part]]:
    """What the check's own code gives, up to where it breaks; that it broke is this check's answer, and no other's."""
    found: list[Found] = []
    try:
        with attempt(ground.connection):
            found.extend(look(ground))
    except DatabaseUnreachable:
        raise
    except Skip as skip:
        return found, [Part(check.name, skipped=skip.message)]
    except Exception as error:
        return found, [_broken(check.name, error)]
    return found, []


def _broken(check: str, error: Exception) -> Part:
    """Skipped where something was in the way, an error else; said without the row that it came from."""
    if isinstance(error, psycopg2.Error):
        said = primary_message(error)
        if error.pgcode in _HINDRANCES:
            hint = _HINDRANCES[error.pgcode]
            return Part(check, skipped=f"{said} ({hint})" if hint else said)
    else:
        said = hide_secrets(str(error))
    _log.debug("check %s broke", check, exc_info=error)
    return Part(check, error=f"{type(error).__name__}: {said}")


def _over_budget(ground: Ground, table: Table, options: Options) -> str | None:
    if options.max_rows is None:
        return None
    with attempt(ground.connection), ground.connection.cursor() as cursor:
        cursor.execute(
            statement(
                "SELECT count(*) FROM (SELECT FROM {} LIMIT {}) AS t", table.source, literal(options.max_rows + 1)
            )
        )
        [(rows,)] = cursor.fetchall()
    return (
        f"{table.shown} has more than {plural(options.max_rows, 'row')} (--max-rows)"
        if rows > options.max_rows
        else None
    )
