"""Users without a market booth."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import Link, RowRule

CHECK = Check(
    name="users-without-booth",
    summary="Users without a market booth.",
    tags=("integrity", "links", "companions"),
    level=Level.warning,
    why="Registering makes the user, a trial subscription and a booth in one transaction. Without a booth, nothing that the user"
    " owns can be shown or sold.",
    remedy="Give the user the booth with which everybody begins.",
    rows=(
        RowRule(
            "users",
            "NOT EXISTS (SELECT FROM market_booths AS b WHERE b.user_id = t.id)",
            "format('user %L has no booth', t.username)",
            "INSERT INTO market_booths (id, user_id, bio, theme, layout, popularity, reputation, total_sales, total_volume,"
            " items_sold, active_listings, total_views) SELECT gen_random_uuid(), id, 'Welcome to ' || username || '''s booth!',"
            " 'cyan', 'grid', 0, 0, 0, 0, 0, 0, 0 FROM {table} WHERE {key};",
            link=Link("id", "market_booths", "user_id"),
            alone=True,
        ),
    ),
)
