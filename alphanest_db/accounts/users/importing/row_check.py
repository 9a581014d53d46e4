"""What is wrong with the rows of a file: by themselves, among each other, and against the database."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.password_policy import password_violations
from alphanest_db.accounts.passwords import UNUSABLE, generate_password, is_hash
from alphanest_db.accounts.texts import can_be_sent
from alphanest_db.accounts.users.importing.model import Candidate, ImportProblem, SourceRow
from alphanest_db.accounts.users.importing.reading import NOTES
from alphanest_db.accounts.users.model import NewUser
from alphanest_db.accounts.users.rules import Violation, avatar_violations, email_violations, username_violations
from alphanest_db.database.folding import folding
from alphanest_db.database.identifiers import load_sql, statement
from alphanest_db.models.values import PLAN_TYPES, SUBSCRIPTION_STATUSES, PlanType, SubscriptionStatus

_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")
_CHOICES = {"status": SUBSCRIPTION_STATUSES, "plan": PLAN_TYPES, "is_active": (*_TRUE, *_FALSE)}
_READERS: dict[str, Callable[[str], Any]] = {  # Any: what the fields of NewUser hold
    "avatar": str,
    "status": lambda text: SubscriptionStatus(_folded(text)),
    "plan": lambda text: PlanType(_folded(text)),
    "is_active": lambda text: _folded(text) in _TRUE,
}


def check_row(row: SourceRow, password_min_length: int) -> tuple[Candidate | None, list[ImportProblem]]:
    """Somebody to be registered, or all that is wrong with the row by itself."""
    if row.broken:
        return None, [row.problem("", row.broken)]
    values, problems = _texts(row)
    violations = problems or _violations(values, password_min_length)
    if violations:
        return None, [row.problem(violation.field, violation.problem) for violation in violations]
    return _candidate(row, values), []


def with_names(rows: Iterable[SourceRow]) -> list[SourceRow]:
    """Those with a username and an e-mail about which the database can be asked."""
    return [row for row in rows if _can_be_asked(row.values.get("username")) and _can_be_asked(row.values.get("email"))]


def find_repeated(connection: Connection, named: Sequence[SourceRow]) -> list[ImportProblem]:
    """Which of the rows have a name that an earlier one has, without regard to case as the database knows it."""
    return [
        named[place].problem(field, f"is that of {named[earliest].place}")
        for place, field, earliest in _ask(connection, "repeated", named)
    ]


def find_taken(connection: Connection, named: Sequence[SourceRow]) -> list[ImportProblem]:
    """Which of the rows have a name that a user in the database has, without regard to case; reads all users once."""
    return [
        named[place].problem(field, f"is that of user {holder}")
        for place, field, holder in _ask(connection, "taken", named)
    ]


def _ask(
    connection: Connection, question: str, named: Sequence[SourceRow]
) -> list[tuple[int, str, Any]]:  # Any: a place, or an id
    """Places among the rows, the field, and what the question is about."""
    if not named:
        return []
    query = statement(load_sql(__package__, question), fold=folding(connection))
    with connection.cursor() as cursor:
        cursor.execute(
            query, {field: _as_json([row.values[field] for row in named]) for field in ("username", "email")}
        )
        return cursor.fetchall()


def _as_json(texts: list[object]) -> str:
    """One value for all of them: the server reads a hundred thousand literals six times as slowly."""
    return json.dumps(texts, ensure_ascii=False)


def _can_be_asked(value: object) -> bool:
    return isinstance(value, str) and can_be_sent(value)


def _texts(row: SourceRow) -> tuple[dict[str, str], list[Violation]]:
    """The values as text; JSON may hold other things, of which true and false will do."""
    values: dict[str, str] = {}
    wrong = []
    for column, value in row.values.items():
        if isinstance(value, str):
            values[column] = value
        elif column == "is_active" and isinstance(value, bool):
            values[column] = str(value)
        elif column not in NOTES:
            wrong.append(Violation(column, "is not text"))
    return values, wrong


def _violations(values: dict[str, str], password_min_length: int) -> list[Violation]:
    username, email = values.get("username", ""), values.get("email", "")
    violations = [
        *(username_violations(username) if username else [Violation("username", "is missing")]),
        *(email_violations(email) if email else [Violation("email", "is missing")]),
        *_password_violations(values, password_min_length),
    ]
    if "avatar" in values:
        violations += avatar_violations(values["avatar"])
    for column, choices in _CHOICES.items():
        if column in values and _folded(values[column]) not in choices:
            violations.append(Violation(column, f"is none of {', '.join(choices)}"))
    return violations


def _password_violations(values: dict[str, str], min_length: int) -> list[Violation]:
    if "password" in values and "password_hash" in values:
        return [Violation("password", "is given beside a password_hash: one of them is enough")]
    if "password" in values:
        names = (values.get("username", ""), values.get("email", ""))
        found = password_violations(values["password"], min_length=min_length, names=names)
        return [Violation("password", problem) for problem in found]
    stored = values.get("password_hash")
    if stored is not None and stored != UNUSABLE and not is_hash(stored):
        return [
            Violation("password_hash", "is neither bcrypt's form, nor passlib's bcrypt-sha256, nor ! for no password")
        ]
    return []


def _folded(text: str) -> str:
    return text.strip().lower()


def _candidate(row: SourceRow, values: dict[str, str]) -> Candidate:
    stored = values.get("password_hash")
    generates = stored is None and not values.get("password")
    password = generate_password() if generates else values.get("password", "")
    given = {column: read(values[column]) for column, read in _READERS.items() if column in values}
    user = NewUser(values["username"], values["email"], password, **given)
    return Candidate(row, user, stored, generates=generates)
