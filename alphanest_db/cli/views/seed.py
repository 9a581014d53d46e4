"""How the answers of `alphanest seed` look."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.units import plural

if TYPE_CHECKING:
    from alphanest_db.seeding.demo import SeededUser, SeedResult


def seed_view(result: "SeedResult") -> View:
    """What was put in, and the demo users with their keys."""
    rows = [(t.table, t.inserted, t.restored, t.changed, t.unchanged) for t in result.tables]
    grid = Grid(("table", "inserted", "put back", "changed", "unchanged"), rows)
    return [grid, *users_view(result), *_changed(result)]


def users_view(result: "SeedResult") -> View:
    """Who can log in, and how what was put in is taken back."""
    undo = [f"run {result.run}: `alphanest seed undo {result.run}` takes it back"] if result.run else []
    return [Lines([*user_lines(result.users), *undo])]


def user_lines(users: Sequence["SeededUser"]) -> list[str]:
    """Who can log in; a key in a line of its own, so that no narrow terminal breaks it."""
    lines = ["", f"Demo users, password {users[0].password}:"]
    for user in users:
        lines.append(f"  {user.username:<12} {user.email}")
        if user.api_key:
            lines.append(f"  {'':<12} {user.api_key}")
    if any(user.api_key for user in users):
        lines.append(
            "The API keys (ak_…) are shown this once; the database keeps what cannot be turned back into them."
        )
    return lines


def _changed(result: "SeedResult") -> View:
    if not result.changed_rows:
        return []
    return [Lines([f"{plural(result.changed_rows, 'demo row')} changed since: --force puts them back."])]
