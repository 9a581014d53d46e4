"""The subscription and the booth that every user has from registering on."""

from psycopg2 import sql

from alphanest_db.checks.repair.items import MISPLACED, item_parts
from alphanest_db.checks.repair.model import Companions
from alphanest_db.checks.repair.work import Work, choose
from alphanest_db.database.identifiers import name, statement
from alphanest_db.journal.shape import Shape

_CHECKS = {"subscriptions": "users-without-subscription", "market_booths": "users-without-booth"}
_LACKS = "NOT EXISTS (SELECT FROM {table} AS own WHERE own.user_id = t.id)"
_HAS_MISPLACED_ITEMS = " AND EXISTS (SELECT FROM {items} AS i WHERE i.owner_id = t.id AND " + MISPLACED + ")"
_MADE = """
SELECT {values} FROM {users} AS u JOIN ({lacking}) AS k ON u.tableoid = k._table AND u.ctid = k._place
"""


def make_companions(work: Work) -> None:
    """Give users what they lack; their rows are locked, so that nobody gives it to them at the same time.

    Where users without a booth are not wanted, those still get one whose items have to go somewhere.
    """
    for companions in work.companions:
        users = work.find_shape("users", "id", "username")
        shape = work.find_shape(companions.table, *companions.values)
        if users and shape and (lacks := _lacks(work, companions, shape)):
            _make(work, companions, users, shape, lacks)


def _lacks(work: Work, companions: Companions, shape: Shape) -> sql.Composable | None:
    """The condition on users, None where nothing is wanted."""
    if work.wants(_CHECKS[companions.table]):
        return statement(_LACKS, table=shape.source)
    items = item_parts(work)
    if companions.table != "market_booths" or items is None:
        return None
    return statement(_LACKS + _HAS_MISPLACED_ITEMS, table=shape.source, item=name("i"), **items)


def _make(work: Work, companions: Companions, users: Shape, shape: Shape, lacks: sql.Composable) -> None:
    check = _CHECKS[companions.table]
    lacking = choose(work, check, users, lacks)
    if lacking:
        values = sql.SQL(", ").join(companions.values.values())
        made = statement(_MADE, values=values, users=users.source, lacking=lacking.query)
        work.recording.insert(shape, list(companions.values), made, check)
