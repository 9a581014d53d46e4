"""PostgreSQL's own look at pages and B-trees, the functions that pg_amcheck calls, through the extension amcheck."""

from collections.abc import Iterator
from typing import Any

import psycopg2

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Finding, Skip
from alphanest_db.checks.moment import attempt
from alphanest_db.database.failures import primary_message
from alphanest_db.database.identifiers import literal, name, statement


def broken_tables(ground: Ground) -> Iterator[Finding]:
    """What verify_heapam says of each table and its TOAST; a page that cannot even be read is what it says of that table."""
    for table in _relations(ground, is_index=False):
        function = name(table.extension_schema, "verify_heapam")
        question = statement("SELECT blkno, offnum, msg FROM {}({}::oid::regclass)", function, literal(table.oid))
        try:
            with attempt(ground.connection):
                found = ask(ground, question)
        except psycopg2.InternalError as error:  # data_corrupted and the like
            yield Finding(table.table_shown, {"table": table.shown}, primary_message(error), _salvage(table))
        else:
            for row in found:
                said = f"block {row.blkno}, line {row.offnum}: {row.msg}"
                yield Finding(table.table_shown, {"table": table.shown, "block": str(row.blkno)}, said, _salvage(table))


def broken_indexes(ground: Ground) -> Iterator[Finding]:
    """What bt_index_check says of each B-tree, and whether each row of the table is in it."""
    for index in _relations(ground, is_index=True):
        function = name(index.extension_schema, "bt_index_check")
        question = statement("SELECT {}({}::oid::regclass, true)", function, literal(index.oid))
        try:
            with attempt(ground.connection):
                ask(ground, question)
        except psycopg2.InternalError as error:  # index_corrupted, data_corrupted
            mend = f"REINDEX INDEX CONCURRENTLY {index.shown};"
            yield Finding(index.table_shown, {"index": index.shown}, primary_message(error), mend)


def _relations(ground: Ground, *, is_index: bool) -> list[Any]:  # Any: named tuples of what the query names
    relations = ask(ground, "amcheck")
    if not relations:
        raise Skip("the extension amcheck is not installed (CREATE EXTENSION amcheck, as a superuser)")
    return [relation for relation in relations if relation.is_index == is_index]


def _salvage(table: Any) -> str:  # Any: as above
    return f"-- stop writing, copy the data folder, and restore {table.shown} from a backup; look at the disk and its cables"
