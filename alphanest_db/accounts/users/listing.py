"""Users page by page, or all of them in one stream, each with what belongs to them."""

from dataclasses import dataclass
from datetime import datetime

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.accounts.paging import FIRST_TIME, LAST_TIME, Page, PageRequest, Position, read_time, stream_rows
from alphanest_db.accounts.texts import require_sendable
from alphanest_db.accounts.users.choices import StatusFilter, UserOrder
from alphanest_db.database.folding import folding
from alphanest_db.database.identifiers import load_sql, statement
from alphanest_db.errors import InvalidInput


@dataclass(frozen=True)
class UserFilter:
    """Which users are wanted; all conditions hold at once, None is none. A user whose state is unknown is not active."""

    active: bool | None = None
    status: StatusFilter | None = None
    created_after: datetime | None = None
    search: str | None = None


@dataclass(frozen=True)
class ListedUser:
    """One user with the newest subscription and the number of trades and items."""

    id: str
    username: str
    email: str
    is_active: bool | None
    avatar: str | None
    created_at: datetime | None
    status: str | None
    plan: str | None
    trades: int
    items: int

    def position(self, order: UserOrder) -> Position:
        """Where the next page begins."""
        match order:
            case UserOrder.username:
                return Position(self.username)
            case UserOrder.email:
                return Position(self.email)
            case UserOrder.newest:
                return Position.at(self.created_at or FIRST_TIME, self.id)


_CREATED = "least(greatest(created_at, %(first_time)s), %(last_time)s)"  # the oldest of all where it is not known
# How the pages are sorted, and what comes after a position: the first two follow an index, with or without our migrations.
_ORDER = {
    UserOrder.username: ("username", "username > %(key)s"),
    UserOrder.email: ("email", "email > %(key)s"),
    UserOrder.newest: (
        _CREATED + " DESC, id DESC",
        "(" + _CREATED + ", id) < (%(key)s::timestamptz, %(id)s)",
    ),
}
_CONDITIONS = {
    "active": "coalesce(is_active, false) = %(active)s",
    "created_after": "created_at > %(created_after)s",
    "search": "(username ILIKE %(search)s {fold} OR email ILIKE %(search)s {fold})",
}


def read_filter(
    *, active: bool, inactive: bool, status: StatusFilter | None, created_after: str | None, search: str | None
) -> UserFilter:
    """The conditions as they are typed. Raises InvalidInput for what cannot be meant."""
    if active and inactive:
        raise InvalidInput("--active and --inactive exclude each other", "Give one of them, or none for all users.")
    return UserFilter(
        active=True if active else False if inactive else None,
        status=status,
        created_after=None if created_after is None else read_time(created_after),
        search=None if search is None else require_sendable(search, "--search"),
    )


def list_users(connection: Connection, wanted: UserFilter, order: UserOrder, page: PageRequest) -> Page[ListedUser]:
    """The users of a page, or of all pages, read from the server as they are taken: memory stays flat.

    One query; the trades and items of those on the page alone are counted. Without the indexes of our migrations that reads
    all trades.
    """
    sorted_by, after = _ORDER[order]
    conditions = [statement(_CONDITIONS[field], fold=folding(connection)) for field in _given(wanted)]
    conditions += [statement(_status_condition(wanted.status))] if wanted.status else []
    conditions += [statement(after)] if page.after else []
    query = statement(
        load_sql(__package__, "list"), order=statement(sorted_by),
        conditions=sql.SQL(" AND ").join([statement("true"), *conditions]),
    )  # fmt: skip
    rows = (ListedUser(*row) for row in stream_rows(connection, query, _parameters(wanted), page))
    return Page(rows, page.limit, lambda user: user.position(order))


def _given(wanted: UserFilter) -> list[str]:
    return [field for field in _CONDITIONS if getattr(wanted, field) is not None]


def _status_condition(status: StatusFilter) -> str:
    return load_sql(__package__, "has_no_subscription" if status is StatusFilter.none else "has_status")


def _parameters(wanted: UserFilter) -> dict[str, object]:
    search = wanted.search
    return {
        "active": wanted.active, "status": wanted.status, "created_after": wanted.created_after,
        "search": None if search is None else f"%{_escaped(search)}%",
        "first_time": FIRST_TIME, "last_time": LAST_TIME,
    }  # fmt: skip


def _escaped(text: str) -> str:
    """The text as a part of a LIKE pattern that means itself.

    >>> _escaped("100%_")
    '100\\\\%\\\\_'
    """
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
