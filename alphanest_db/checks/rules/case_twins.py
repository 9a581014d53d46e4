"""Usernames and e-mails that differ only in case."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import Join, RowRule
from alphanest_db.database.folding import folding


def _rules(ground: Ground) -> Iterator[RowRule]:
    fold = str(folding(ground.connection).as_string(ground.connection))
    yield from (_twins(column, fold) for column in ("username", "email"))


def _twins(column: str, fold: str) -> RowRule:
    first = f"first_{column}"
    source = f"(SELECT lower({column} {fold}) AS same, min(id) AS id FROM users GROUP BY 1 HAVING count(*) > 1)"
    return RowRule(
        "users",
        f"{first}.id <> t.id",
        f"format('{column} %L is that of user %s, but for case', t.{column}, {first}.id)",
        joins=(Join(first, source, f"{first}.same = lower(t.{column} {fold})"),),
        alone=True,
    )


CHECK = Check(
    name="case-twins",
    summary="Usernames and e-mails that differ only in case.",
    tags=("integrity", "values"),
    level=Level.warning,
    why="People take Anna and anna for one person, and so do mail servers; the unique indexes do not. Of each group of users with"
    " the same name, all but one are counted.",
    remedy="Give one of the two another name, or join the accounts.",
    rules=_rules,
    by_hand="SELECT lower(username), array_agg(id) FROM users GROUP BY 1 HAVING count(*) > 1;",
)
