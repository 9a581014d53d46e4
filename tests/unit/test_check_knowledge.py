"""What checks know of the platform without loading it is what the platform says of itself."""

import pytest
from psycopg2 import sql
from sqlalchemy import CheckConstraint, Table, UniqueConstraint

from alphanest_db.accounts.api_keys import issue_key
from alphanest_db.accounts.passwords import hash_password
from alphanest_db.checks import secrets
from alphanest_db.checks.links import PLATFORM_LINKS, PlatformLink
from alphanest_db.checks.models import Expected, expected_columns, literals
from alphanest_db.checks.role_passwords import is_password_of
from alphanest_db.database.connect import session
from alphanest_db.database.target import Target
from alphanest_db.models import values
from alphanest_db.models.metadata import metadata
from alphanest_db.settings import KeyStorage, PasswordScheme
from tests.servers import fetch


def test_links_are_those_of_the_models() -> None:
    keys = [key for table in metadata.tables.values() for key in table.foreign_keys]
    links = {
        PlatformLink(key.parent.table.name, key.parent.name, key.column.table.name, str(key.ondelete).lower())
        for key in keys
    }

    assert set(PLATFORM_LINKS) == links
    assert {key.column.name for key in keys} == {"id"}


def test_columns_are_those_of_the_models() -> None:
    columns = [
        Expected(
            table.name, column.name, bool(column.nullable), is_unique(table, column.name),
            getattr(column.type, "length", None), listed(table, column.name),
        )
        for table in metadata.sorted_tables
        for column in table.columns
    ]  # fmt: skip

    assert list(expected_columns()) == columns, "mend alphanest_db/checks/expected_columns.csv"
    assert {column.values for column in columns} == {
        None, *map(frozenset, (values.SUBSCRIPTION_STATUSES, values.PLAN_TYPES, values.THEMES, values.LAYOUTS, values.RARITIES)),
    }  # fmt: skip


def is_unique(table: Table, column: str) -> bool:
    """Whether an index or a constraint makes the column unique by itself."""
    constraints = [part.columns.keys() for part in table.constraints if isinstance(part, UniqueConstraint)]
    return [column] in [*constraints, *(index.columns.keys() for index in table.indexes if index.unique)]


def listed(table: Table, column: str) -> frozenset[str] | None:
    """The values that a constraint keeps the column to."""
    texts = (str(constraint.sqltext) for constraint in table.constraints if isinstance(constraint, CheckConstraint))
    return next((literals(text) for text in texts if text.startswith(f"{column} IN (")), None)


def holds(server: Target, condition: str, **row: str) -> bool:
    """Whether a condition of a rule is true for a row."""
    columns = sql.SQL(", ").join(sql.SQL("{} AS {}").format(sql.Literal(v), sql.Identifier(k)) for k, v in row.items())
    with session(server) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {} FROM (SELECT {}) AS t").format(sql.SQL(condition), columns))
        return bool((cursor.fetchone() or [False])[0])


@pytest.mark.parametrize("scheme", list(PasswordScheme))
def test_password_that_we_hash_is_verifiable_and_not_weak(scheme: PasswordScheme, server: Target) -> None:
    stored = hash_password("hunter2-and-more", cost=4, scheme=scheme)

    assert holds(server, secrets.IS_VERIFIABLE, hashed_password=stored)
    assert not holds(server, secrets.IS_WEAK, hashed_password=stored)
    assert not holds(server, secrets.IS_VERIFIABLE, hashed_password=stored[:-1])


def test_key_that_we_issue_has_the_form(server: Target) -> None:
    plain, hashed = issue_key(KeyStorage.plain).stored, issue_key(KeyStorage.hashed).stored

    assert [holds(server, secrets.IS_PLAIN_KEY, api_key=key) for key in (plain, hashed)] == [True, False]
    assert [holds(server, secrets.IS_HASHED_KEY, api_key=key) for key in (plain, hashed)] == [False, True]


def test_password_of_a_role_is_recognised_in_the_form_of_the_server(server: Target) -> None:
    query = "SELECT rolpassword FROM pg_authid WHERE rolname = current_user"
    [[stored]] = fetch(server, query)

    assert str(stored).startswith("SCRAM-SHA-256$")
    assert is_password_of(server.user, str(stored), str(server.password))
    assert not is_password_of(server.user, str(stored), "alphanest")
    assert not is_password_of(server.user, None, "alphanest")
