"""The foreign keys that rows are held to: those of the database, and those of the platform that it lacks, as if they were there."""

from collections.abc import Iterator

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.checks.links import OWN_SCHEMA, PLATFORM_LINKS, PlatformLink, platform_link
from alphanest_db.checks.tables import Tables
from alphanest_db.database.foreign_keys import ForeignKey, KeyColumn, read_foreign_keys


def declared_keys(connection: Connection, tables: Tables) -> Iterator[ForeignKey]:
    """All of them, as the check on orphans takes them; reads the catalog only."""
    keys = [key for key in read_foreign_keys(connection) if key.schema != OWN_SCHEMA]
    present = {platform_link(tables, key) for key in keys}
    yield from keys
    for link in PLATFORM_LINKS:
        if link not in present and link.table in tables and link.target in tables:
            yield as_declared(tables, link)


def as_declared(tables: Tables, link: PlatformLink) -> ForeignKey:
    """A key of the platform that is missing, as if it were there and enforced nothing."""
    own, target = tables[link.table], tables[link.target]
    return ForeignKey(
        own.schema, own.name, "", target.schema, target.name, match="simple", on_delete=link.on_delete,
        is_valid=False, is_enforced=False, is_guarded=False, is_partitioned=own.is_partitioned,
        references_partitioned=target.is_partitioned, is_temporal=False, definition="",
        columns=(KeyColumn(link.column, "id", ("pg_catalog", "="), None),), primary_key=own.primary_key,
    )  # fmt: skip
