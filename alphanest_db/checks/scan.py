"""One pass over a table that answers all questions about its rows: exact counts, a few samples, nothing else comes to us.

The rows with something wrong are gathered by the server, each with its key and a message for each rule that it breaks; counted and
sampled there, and thrown away.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.checks.model import Finding
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.sources import SETTINGS, Way, source
from alphanest_db.checks.tables import Table, Tables
from alphanest_db.database.identifiers import literal, name, statement

_PAGE_ROWS = 1000


@dataclass(frozen=True)
class Question:
    """A rule of a check, asked of its table; rows whose keys fit one of `ignored` (LIKE patterns) do not count."""

    check: str
    rule: RowRule
    table: Table
    ignored: tuple[str, ...] = ()
    way: Way = Way.rows

    def carefully(self) -> "Question":
        """The same question, with the condition that raises no error, and without a screen that might."""
        rule = self.rule
        screen = rule.screen if rule.late else ""
        return replace(self, rule=replace(rule, condition=rule.careful or rule.condition, careful=None, screen=screen))


@dataclass(frozen=True)
class Answer:
    """How many rows break the rule, some of them, and how many each ignored pattern takes away."""

    question: Question
    count: int
    samples: tuple[Finding, ...]
    ignored: tuple[int, ...]


def scan(connection: Connection, questions: Sequence[Question], tables: Tables, samples: int) -> list[Answer]:
    """The answers to questions about one table, by one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement(SETTINGS.get(questions[0].way, "") + "{}", scan_statement(questions, tables, samples)))
        [row] = cursor.fetchall()
    values = iter(row)
    return [_answer(connection, question, values) for question in questions]


def stream(connection: Connection, question: Question, tables: Tables) -> Iterator[Finding]:
    """All findings, a page at a time."""
    query = statement(
        "SELECT {key}, {message} FROM {source} WHERE {screen} AND ({condition}) AND {counts}",
        key=_key(question.table), message=sql.SQL(question.rule.message), source=_source([question], tables),
        screen=_screen(question.rule), condition=sql.SQL(question.rule.condition),
        counts=_counts(question, _key_text(question.table)),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement("DECLARE findings NO SCROLL CURSOR FOR {}", query))
        while True:
            cursor.execute(statement("FETCH {} FROM findings", literal(_PAGE_ROWS)))
            rows = cursor.fetchall()
            if not rows:
                break
            yield from (_finding(connection, question, key, message) for key, message in rows)
        cursor.execute("CLOSE findings")


def scan_statement(questions: Sequence[Question], tables: Tables, samples: int) -> sql.Composed:
    """The one statement; `bad` holds a flag and a message for each question."""
    numbers = range(len(questions))
    return statement(
        "WITH {bad}, counted AS (SELECT {counts} FROM bad AS t) SELECT {answers} FROM counted",
        bad=_bad(questions, tables),
        counts=_listed(part for n in numbers for part in _count_columns(n, questions[n])),
        answers=_listed(part for n in numbers for part in _answer_columns(n, questions[n], samples)),
    )


def _bad(questions: Sequence[Question], tables: Tables) -> sql.Composed:
    """The rows with something wrong, by key; what is asked late is asked of those that came through its screen.

    A query within a condition keeps PostgreSQL from reading a table with several processes, so there is none before.
    """
    needed = list(dict.fromkeys(column for question in questions for column in question.rule.late))
    columns = [column for n, question in enumerate(questions) for column in _found_columns(n, question)]
    columns += [statement("t.{} AS {}", name(column), name(f"t_{column}")) for column in needed]
    found = statement(
        "{name} AS MATERIALIZED (SELECT t.tableoid AS o, t.ctid AS i, {key} AS k, {columns} FROM {source} WHERE {any})",
        name=name("come_through" if needed else "bad"), key=_key(questions[0].table), columns=_listed(columns),
        source=_source(questions, tables), any=_any_wrong(questions),
    )  # fmt: skip
    if not needed:
        return found
    late_row = _listed(statement("f.{} AS {}", name(f"t_{column}"), name(column)) for column in needed)
    return statement(
        "{found}, bad AS MATERIALIZED (SELECT f.o, f.i, f.k, {columns} FROM (SELECT f.*, {judged} FROM come_through AS f"
        " CROSS JOIN LATERAL (SELECT {row}) AS t LIMIT ALL) AS f CROSS JOIN LATERAL (SELECT {row}) AS t WHERE {any})",
        found=found, row=late_row, judged=_listed(_judgements(questions)),
        columns=_listed(part for n, question in enumerate(questions) for part in _late_columns(n, question)),
        any=sql.SQL(" OR ").join(statement("f.{}", _verdict(n, question)) for n, question in enumerate(questions)),
    )  # fmt: skip


def _found_columns(number: int, question: Question) -> Iterator[sql.Composable]:
    """The flag and the message; of a late question the flag says that the row came through the screen."""
    wrong = statement(
        "({} AND ({}))", _screen(question.rule), sql.SQL("true" if question.rule.late else question.rule.condition)
    )
    yield statement("{} IS TRUE AS {}", wrong, _flag(number))
    if not question.rule.late:
        yield statement("CASE WHEN {} THEN {} END AS {}", wrong, _message(question), name(f"m{number}"))


def _judgements(questions: Sequence[Question]) -> Iterator[sql.Composable]:
    """What comes of the late conditions, each asked once of a row."""
    for number, question in enumerate(questions):
        if question.rule.late:
            condition = sql.SQL(question.rule.condition)
            yield statement("(CASE WHEN f.{} THEN {} END) IS TRUE AS {}", _flag(number), condition, name(f"w{number}"))


def _late_columns(number: int, question: Question) -> Iterator[sql.Composable]:
    verdict = _verdict(number, question)
    yield statement("f.{} AS {}", verdict, _flag(number))
    if question.rule.late:
        yield statement("CASE WHEN f.{} THEN {} END AS {}", verdict, _message(question), name(f"m{number}"))
    else:
        yield statement("f.{}", name(f"m{number}"))


def _verdict(number: int, question: Question) -> sql.Identifier:
    return name(f"w{number}") if question.rule.late else _flag(number)


def _any_wrong(questions: Sequence[Question]) -> sql.Composed:
    """True for a row that breaks one of the rules; those with the same screen stand behind it together."""
    behind: dict[str, list[sql.Composable]] = {}
    for question in questions:
        condition = "true" if question.rule.late else question.rule.condition
        behind.setdefault(question.rule.screen, []).append(statement("({})", sql.SQL(condition)))
    either = sql.SQL(" OR ")
    return either.join(
        statement("({}) AND ({})", sql.SQL(screen), either.join(wrong)) if screen else either.join(wrong)
        for screen, wrong in behind.items()
    )


def _screen(rule: RowRule) -> sql.Composable:
    return statement("({})", sql.SQL(rule.screen or "true"))


def _source(questions: Sequence[Question], tables: Tables) -> sql.Composed:
    return source(questions[0].table, [question.rule for question in questions], questions[0].way, tables)


def _count_columns(number: int, question: Question) -> Iterator[sql.Composable]:
    flag, key = _flag(number), sql.SQL("array_to_string(t.k, ',')")
    yield statement("count(*) FILTER (WHERE t.{} AND {}) AS {}", flag, _counts(question, key), name(f"n{number}"))
    for place, pattern in enumerate(question.ignored):
        fits = statement("{} LIKE {}", key, literal(pattern))
        yield statement("count(*) FILTER (WHERE t.{} AND {}) AS {}", flag, fits, name(f"i{number}_{place}"))


def _answer_columns(number: int, question: Question, samples: int) -> Iterator[sql.Composable]:
    """The samples are looked for only where there are any: by physical order, so that they are the same ones next time."""
    count = name(f"n{number}")
    yield count
    yield statement(
        "CASE WHEN {count} > 0 THEN ARRAY(SELECT pg_catalog.json_build_array(t.k, t.{message}) FROM bad AS t"
        " WHERE t.{flag} AND {counts} ORDER BY t.o, t.i LIMIT {samples}) END",
        count=count, message=name(f"m{number}"), flag=_flag(number), samples=literal(samples),
        counts=_counts(question, sql.SQL("array_to_string(t.k, ',')")),
    )  # fmt: skip
    yield from (name(f"i{number}_{place}") for place in range(len(question.ignored)))


def _answer(connection: Connection, question: Question, values: Iterator[object]) -> Answer:
    count, samples = next(values), next(values)
    ignored = tuple(int(str(next(values))) for _ in question.ignored)
    pairs = samples if isinstance(samples, list) else []
    findings = tuple(_finding(connection, question, key, message) for key, message in pairs)
    return Answer(question, int(str(count)), findings, ignored)


def _finding(connection: Connection, question: Question, key: Sequence[str], message: str) -> Finding:
    columns = question.table.primary_key or ("ctid",)
    conditions = [
        statement("{} = {}", name(column), literal(value)) for column, value in zip(columns, key, strict=True)
    ]
    mend = statement(question.rule.sql, table=question.table.quoted, key=sql.SQL(" AND ").join(conditions))
    return Finding(question.table.shown, dict(zip(columns, key, strict=True)), message, str(mend.as_string(connection)))


def _counts(question: Question, key_text: sql.Composable) -> sql.Composable:
    """True for a row that no ignored pattern fits."""
    if not question.ignored:
        return sql.SQL("true")
    return statement(
        "NOT ({})", sql.SQL(" OR ").join(statement("{} LIKE {}", key_text, literal(p)) for p in question.ignored)
    )


def _key(table: Table) -> sql.Composed:
    columns = [statement("t.{}::text", name(column)) for column in table.primary_key or ("ctid",)]
    return statement("ARRAY[{}]", _listed(columns))


def _key_text(table: Table) -> sql.Composed:
    return statement("array_to_string({}, ',')", _key(table))


def _message(question: Question) -> sql.SQL:
    return sql.SQL(question.rule.message)


def _flag(number: int) -> sql.Identifier:
    return name(f"c{number}")


def _listed(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)
