"""Items whose created_at does not count milliseconds."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule

CHECK = Check(
    name="millisecond-times",
    summary="Items whose created_at does not count milliseconds.",
    tags=("integrity", "values"),
    level=Level.error,
    why="nft_items.created_at counts milliseconds since 1970. Below 100,000,000,000 (March 1973) it is in seconds or"
    " nothing at all, from 100,000,000,000,000 (the year 5138) in microseconds or finer.",
    remedy="Multiply or divide by a thousand where that makes a day on which the platform was there.",
    rows=(
        RowRule(
            "nft_items",
            "t.created_at < 100000000000 OR t.created_at >= 100000000000000",
            "format('created_at is %s', t.created_at)",
            "UPDATE {table} SET created_at = CASE WHEN created_at BETWEEN 1 AND 99999999999 THEN created_at * 1000"
            " WHEN created_at BETWEEN 100000000000000 AND 99999999999999999 THEN created_at / 1000"
            " WHEN created_at > 0 THEN created_at / 1000000 ELSE extract(epoch FROM now())::bigint * 1000 END WHERE {key};",
        ),
    ),
)
