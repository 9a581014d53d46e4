"""One pass over a table that answers all questions about its rows: exact counts, a few samples, nothing else comes to us.

The rows with something wrong are gathered by the server, each with its key and a message for each rule that it breaks; counted and
sampled there, and thrown away.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.checks.model import Finding
from alphanest_db.checks.rows import Join, Link, Lookup, RowRule
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

    def carefully(self) -> "Question":
        """The same question, with the condition that raises no error."""
        if self.rule.careful is None:
            return self
        return replace(self, rule=replace(self.rule, condition=self.rule.careful, careful=None))


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
        cursor.execute(scan_statement(questions, tables, samples))
        [row] = cursor.fetchall()
    values = iter(row)
    return [_answer(connection, question, values) for question in questions]


def stream(connection: Connection, question: Question, tables: Tables) -> Iterator[Finding]:
    """All findings, a page at a time."""
    query = statement(
        "SELECT {key}, {message} FROM {source} WHERE ({condition}) AND {counts}",
        key=_key(question.table), message=sql.SQL(question.rule.message), source=_source([question], tables),
        condition=sql.SQL(question.rule.condition), counts=_counts(question, _key_text(question.table)),
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
    table = questions[0].table
    wrong = [statement("({})", sql.SQL(question.rule.condition)) for question in questions]
    columns = [
        statement("({0}) IS TRUE AS {1}, CASE WHEN {0} THEN {2} END AS {3}", wrong[n], _flag(n), _message(question), name(f"m{n}"))
        for n, question in enumerate(questions)
    ]  # fmt: skip
    return statement(
        "WITH bad AS MATERIALIZED (SELECT t.tableoid AS o, t.ctid AS i, {key} AS k, {columns} FROM {source} WHERE {any}),"
        " counted AS (SELECT {counts} FROM bad AS t) SELECT {answers} FROM counted",
        key=_key(table), columns=_listed(columns), source=_source(questions, tables), any=sql.SQL(" OR ").join(wrong),
        counts=_listed(part for n in numbers for part in _count_columns(n, questions[n])),
        answers=_listed(part for n in numbers for part in _answer_columns(n, questions[n], samples)),
    )  # fmt: skip


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


def _source(questions: Sequence[Question], tables: Tables) -> sql.Composed:
    """The table with what its rules look up and join, each once."""
    [link, *_] = [question.rule.link for question in questions]
    table = questions[0].table
    parts: list[sql.Composable] = [_in_gaps(table, link, tables) if link else statement("{} AS t", table.source)]
    joins = dict.fromkeys(join for question in questions for join in question.rule.joins)
    parts += [_lookup(join, tables) if isinstance(join, Lookup) else _joined(join) for join in joins]
    return sql.SQL(" ").join(parts)


def _lookup(lookup: Lookup, tables: Tables) -> sql.Composed:
    """Never more than one row: where nothing makes the column unique, one of its rows stands for all."""
    table = tables.get(lookup.table)
    source: sql.Composable = table.source if table else name(lookup.table)
    column = name(lookup.referenced)
    value = statement("t.{}", name(lookup.column))
    if lookup.unless:
        value = statement("CASE WHEN ({}) IS NOT TRUE THEN {} END", sql.SQL(lookup.unless), value)
    if table and lookup.referenced not in table.unique_columns:
        source = statement("(SELECT DISTINCT ON ({0}) * FROM {1} AS r ORDER BY {0})", column, source)
    if lookup.only:
        source = statement("(SELECT * FROM {} AS r WHERE {})", source, sql.SQL(lookup.only))
    return statement(
        "LEFT JOIN {source} AS {alias} ON {alias}.{referenced} = {value}",
        source=source, alias=name(lookup.alias), referenced=column, value=value,
    )  # fmt: skip


def _joined(join: Join) -> sql.Composed:
    return statement("LEFT JOIN {} AS {} ON {}", sql.SQL(join.source), name(join.alias), sql.SQL(join.on))


_IN_GAPS = """(
WITH own AS MATERIALIZED (
    SELECT r.{referenced} AS low, lead(r.{referenced}) OVER (ORDER BY r.{referenced}) AS high
    FROM {target} AS r WHERE r.{referenced} IS NOT NULL
),
hit AS MATERIALIZED (
    SELECT own.low, own.high FROM own
    CROSS JOIN LATERAL (
        SELECT FROM {table} AS f WHERE f.{column} > own.low AND f.{column} < own.high ORDER BY f.{column} LIMIT 1
    ) AS one
),
below AS MATERIALIZED (SELECT FROM {table} AS f WHERE f.{column} < (SELECT min(low) FROM own) ORDER BY f.{column} LIMIT 1),
above AS MATERIALIZED (SELECT FROM {table} AS f WHERE f.{column} > (SELECT max(low) FROM own) ORDER BY f.{column} LIMIT 1)
SELECT found.* FROM hit CROSS JOIN LATERAL (
    SELECT f.tableoid, f.ctid, f.* FROM {table} AS f WHERE f.{column} > hit.low AND f.{column} < hit.high ORDER BY f.{column}
) AS found
UNION ALL
SELECT f.tableoid, f.ctid, f.* FROM {table} AS f
WHERE (SELECT count(*) FROM below) > 0 AND f.{column} < (SELECT min(low) FROM own)
UNION ALL
SELECT f.tableoid, f.ctid, f.* FROM {table} AS f
WHERE (SELECT count(*) FROM above) > 0 AND f.{column} > (SELECT max(low) FROM own)
UNION ALL
SELECT f.tableoid, f.ctid, f.* FROM {table} AS f WHERE f.{column} IS NOT NULL AND NOT EXISTS (SELECT FROM own)
) AS t"""


def _in_gaps(table: Table, link: Link, tables: Tables) -> sql.Composed:
    """The rows whose value lies between two neighbours of what it refers to, or beyond all of them.

    An index says of each gap at once that nothing is in it, and no row has to be visited.
    """
    return statement(
        _IN_GAPS,
        table=table.source,
        column=name(link.column),
        target=tables[link.target].source,
        referenced=name(link.referenced),
    )


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
