"""Rows that refer to nothing, and what refers to them in turn: put aside or deleted at once, or given NULL."""

from psycopg2 import sql

from alphanest_db.checks.declared_keys import declared_keys
from alphanest_db.checks.repair.doomed import Doomed
from alphanest_db.checks.repair.model import KIND, Orphans
from alphanest_db.checks.repair.quarantine import put_aside
from alphanest_db.checks.repair.work import Work, choose
from alphanest_db.database.foreign_keys import ForeignKey, violation
from alphanest_db.journal.reading import get_run
from alphanest_db.journal.shape import read_shape

CHECK = "orphans"


def mend_orphans(work: Work) -> None:
    """Mend the orphans of every foreign key, whatever PostgreSQL says of it, and of those of the platform that are missing."""
    if not work.wants(CHECK):
        return
    links = list(declared_keys(work.connection, work.ground.tables))
    if work.options.orphans is Orphans.null:
        for link in links:
            _set_null(work, link)
    else:
        _take_away(work, links)


def _take_away(work: Work, links: list[ForeignKey]) -> None:
    doomed = Doomed(work, CHECK, links)
    doomed.add_orphans()
    doomed.add_what_refers_to_them()
    doomed.let_go()
    chosen = doomed.chosen()
    if chosen:
        work.recording.delete(chosen, CHECK)
    if chosen and work.options.orphans is Orphans.quarantine:
        put_aside(work.connection, get_run(work.connection, work.recording.id, KIND))


def _set_null(work: Work, link: ForeignKey) -> None:
    """NULL in the columns that take it; where none does, or MATCH FULL wants all to, the rows stay as they are."""
    shape = read_shape(work.connection, link.schema, link.table)
    own = [column.name for column in link.columns]
    nullable = [column for column in shape.columns if column.name in own and column.nullable]
    if not shape.key or not nullable or (link.match == "full" and len(nullable) < len(own)):
        return
    nulls: dict[str, sql.Composable] = {column.name: column.null for column in nullable}
    chosen = choose(work, CHECK, shape, violation(link, "t"), values=nulls)
    if chosen:
        work.recording.update(chosen, list(nulls), CHECK)
