"""Booths count their items: counted again."""

from psycopg2 import sql

from alphanest_db.checks.repair.work import Work, choose
from alphanest_db.database.identifiers import literal, load_sql, statement

CHECK = "active-listings"
_COUNTED = (
    "LEFT JOIN (SELECT booth_id, count(*) AS items FROM {} GROUP BY booth_id) AS counted ON counted.booth_id = t.id"
)
_IS_WRONG = "coalesce(t.active_listings, 0) <> coalesce(counted.items, 0)"


def recount(work: Work) -> None:
    """Set the count of each booth where it is wrong; where that is not wanted, of those alone whose items were moved.

    The booths are locked, so that no item comes in meanwhile; one that goes is subtracted by whoever takes it, after us.
    """
    booths = work.find_shape("market_booths", "id", "active_listings")
    items = work.find_shape("nft_items", "booth_id")
    if booths is None or items is None:
        return
    wrong = sql.SQL(_IS_WRONG) if work.wants(CHECK) else statement(_IS_WRONG + " AND t.id IN ({})", _touched(work))
    chosen = choose(
        work, CHECK, booths, wrong, joins=statement(_COUNTED, items.source),
        values={"active_listings": sql.SQL("coalesce(counted.items, 0)::integer")},
    )  # fmt: skip
    if chosen:
        work.recording.update(chosen, ["active_listings"], CHECK)


def _touched(work: Work) -> sql.Composable:
    return statement(load_sql(__package__, "touched_booths"), literal(work.recording.id))
