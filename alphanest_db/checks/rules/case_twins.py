"""Usernames and e-mails that differ only in case."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import Join, RowRule
from alphanest_db.database.folding import folding

# Where no two users have the very same name, one of those that differ only in case has a letter that is not folded: mostly there is
# none, which is told without sorting all users into groups.
_ODD = "WHERE lower({0} {1}) IN (SELECT lower({0} {1}) FROM users WHERE lower({0} {1}) <> {0})"


def _rules(ground: Ground) -> Iterator[RowRule]:
    fold = str(folding(ground.connection).as_string(ground.connection))
    users = ground.tables.get("users")
    for column in ("username", "email"):
        is_unique = users is not None and column in users.unique_columns
        yield _twins(column, fold, _ODD.format(column, fold) if is_unique else "")


def _twins(column: str, fold: str, among: str) -> RowRule:
    first = f"first_{column}"
    source = f"(SELECT lower({column} {fold}) AS same, min(id) AS id FROM users {among} GROUP BY 1 HAVING count(*) > 1)"
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
