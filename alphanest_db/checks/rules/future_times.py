"""Rows that were made in the future."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule

# Clocks of servers differ a little.
# A query of its own is computed once, and not for every row.
_LATEST = "(SELECT now() + interval '5 minutes')"
_LATEST_MS = "(SELECT extract(epoch FROM now() + interval '5 minutes')::bigint * 1000)"
_COLUMNS = (
    ("users", "created_at"), ("subscriptions", "created_at"), ("market_booths", "created_at"), ("trades", "timestamp"),
)  # fmt: skip


def _future(table: str, column: str) -> RowRule:
    return RowRule(
        table,
        f"t.{column} > {_LATEST}",
        f"format('{column} is %s', t.{column})",
        f"UPDATE {{table}} SET {column} = now() WHERE {{key}};",
    )


CHECK = Check(
    name="future-times",
    summary="Rows that were made in the future.",
    tags=("integrity", "values"),
    level=Level.warning,
    why="A row from the future stands first in every list of the newest, and is in no report up to today. Five minutes"
    " are tolerated, for clocks that differ. Of items, those whose created_at counts milliseconds.",
    remedy="Put the real time in; now() is nearer than what is there.",
    rows=(
        *(_future(table, column) for table, column in _COLUMNS),
        RowRule(
            "nft_items",
            f"t.created_at < 100000000000000 AND t.created_at > {_LATEST_MS}",
            "format('created_at is %s, which is %s', t.created_at, to_timestamp(t.created_at / 1000.0))",
            "UPDATE {table} SET created_at = extract(epoch FROM now())::bigint * 1000 WHERE {key};",
        ),
    ),
)
