"""All foreign keys with how they are, and how many rows they have and lack."""

from collections.abc import Iterator
from dataclasses import dataclass

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground, Platform, read_ground
from alphanest_db.checks.keys import Key, missing_links, read_keys
from alphanest_db.checks.links import PlatformLink
from alphanest_db.checks.model import Options
from alphanest_db.checks.moment import one_moment
from alphanest_db.database.foreign_keys import violating_rows
from alphanest_db.database.identifiers import name, statement
from alphanest_db.database.target import Target


@dataclass(frozen=True)
class ListedKey:
    """A foreign key, one of the platform that is missing included: its `constraint` is None.

    `rows` are those of its table, `orphans` those that point nowhere; None where the role may not read them.
    """

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    constraint: str | None
    on_delete: str | None
    valid: bool
    enforced: bool
    indexed: bool
    rows: int | None
    orphans: int | None

    @property
    def is_sound(self) -> bool:
        """True where nothing is to be done about it."""
        return self.valid and self.enforced and self.indexed and not self.orphans


def list_keys(target: Target, platform: Platform, *, options: Options | None = None) -> list[ListedKey]:
    """Every foreign key of the database and the missing ones of the platform, of one moment; reads their tables."""
    with one_moment(target, options or Options(jobs=1)) as moment:
        return list(_listed(read_ground(moment.connections[0], platform)))


def _listed(ground: Ground) -> Iterator[ListedKey]:
    keys = read_keys(ground)
    rows: dict[str, int] = {}
    for key in keys:
        readable = all(table in ground.tables and ground.tables[table].is_readable for table in (key.table, key.target))
        if readable and key.table not in rows:
            rows[key.table] = _count(ground, key.table)
        yield ListedKey(
            key.table, key.columns, key.target, key.target_columns, key.declared.name, key.declared.on_delete,
            key.declared.is_valid, key.declared.is_enforced and key.declared.is_guarded, key.is_indexed,
            rows.get(key.table), _orphans(ground, key) if readable else None,
        )  # fmt: skip
    for link in missing_links(ground, keys):
        yield _missing(ground, link)


def _missing(ground: Ground, link: PlatformLink) -> ListedKey:
    table, target = ground.tables[link.table], ground.tables[link.target]
    readable = table.is_readable and target.is_readable
    question = statement(
        "SELECT count(*) AS rows, count(*) FILTER (WHERE t.{0} IS NOT NULL AND r.id IS NULL) AS orphans"
        " FROM {1} AS t LEFT JOIN {2} AS r ON r.id = t.{0}",
        name(link.column), table.source, target.source,
    )  # fmt: skip
    counts = tuple(ask(ground, question)[0]) if readable else (None, None)
    return ListedKey(link.table, (link.column,), link.target, ("id",), None, None, False, False, False, *counts)


def _count(ground: Ground, table: str) -> int:
    [row] = ask(ground, statement("SELECT count(*) AS rows FROM {}", ground.tables[table].source))
    return int(row.rows)


def _orphans(ground: Ground, key: Key) -> int:
    [row] = ask(ground, statement("SELECT count(*) AS orphans {}", violating_rows(key.declared)))
    return int(row.orphans)
