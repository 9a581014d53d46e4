"""What a set of seeds is, and what applying one does."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.errors import AlphanestError
from alphanest_db.settings import Environment

DEFAULT_ENVIRONMENTS = (Environment.development, Environment.test)


class SetKind(StrEnum):
    """Where a set's rows come from."""

    builtin = "built in"
    json = "json"
    csv = "csv"
    sql = "sql"


@dataclass(frozen=True)
class TableRows:
    """Rows that are to be in a table, found again by `key`, None for the primary key.

    Values are JSON's, or with `as_text` PostgreSQL's text; a value that is an object, in a column that is not JSON, names a row of
    the table that the column refers to. A difference in a column of `insert_only` makes a row no other one.
    """

    table: str
    rows: tuple[Mapping[str, Any], ...]  # Any: JSON
    key: tuple[str, ...] | None = None
    as_text: bool = False
    insert_only: frozenset[str] = frozenset()


# The rows of a set in a database, in which the sets that it depends on are there already.
Rows = Callable[[Connection], Sequence[TableRows]]


@dataclass(frozen=True)
class SeedSet:
    """Rows that belong together; the hash is SHA-256 of what they are made from."""

    name: str
    kind: SetKind
    environments: tuple[Environment, ...]
    depends: tuple[str, ...]
    content_hash: str
    rows: Rows = field(repr=False)
    path: Path | None = None


@dataclass(frozen=True)
class TableChange:
    """What a set does, or did, to a table, in rows; `update` are those that are other ones than the set's."""

    table: str
    insert: int
    update: int
    unchanged: int


class SeedFailed(AlphanestError):
    """The database does not take the rows of a set; nothing was changed."""

    def __init__(self, name: str, message: str, hint: str | None = None) -> None:
        super().__init__(f"the set {name} cannot be put in: {message}", hint or "Nothing was changed.")
        self.name = name
