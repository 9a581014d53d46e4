"""Who holds an API key; never the key."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from alphanest_db.accounts.key_form import KeyForm, Which
from alphanest_db.database.connect import connect
from alphanest_db.database.identifiers import load_sql
from alphanest_db.database.target import Target

_PAGE_ROWS = 2000


@dataclass(frozen=True)
class KeyEntry:
    """A key's first characters, its owner, and how it is stored; no characters of one that is in no form of ours."""

    prefix: str | None
    user_id: str
    username: str
    email: str
    storage: KeyForm
    is_active: bool


@contextlib.contextmanager
def reading_keys(
    target: Target, where: Which | None = None, *, timeout_seconds: int = 10
) -> Iterator[Iterator[KeyEntry]]:
    """All who hold a key, ordered by id, read in pages while they are asked for; reads only."""
    with (
        contextlib.closing(connect(target, timeout_seconds=timeout_seconds)) as connection,
        connection.cursor(f"keys_{secrets.token_hex(4)}") as cursor,
    ):
        cursor.itersize = _PAGE_ROWS
        cursor.execute(load_sql(__package__, "key_list"), {"where": where and where.value})
        yield (
            KeyEntry(prefix, user_id, username, email, KeyForm(form), is_active)
            for prefix, user_id, username, email, form, is_active in cursor
        )
