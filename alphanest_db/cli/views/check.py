"""How the checks themselves look, and the foreign keys."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.units import plural

if TYPE_CHECKING:
    from alphanest_db.checks.explaining import Explanation, Listed
    from alphanest_db.checks.key_list import ListedKey


def list_view(checks: Sequence["Listed"]) -> View:
    """One line for each."""
    return [
        Grid(("name", "level", "tags", "what"), [(c.name, c.level, c.tags, c.summary) for c in checks]),
        Lines(["`alphanest check explain NAME` says more of one"]),
    ]


def explain_view(check: "Explanation") -> View:
    """A page to be read."""
    return [
        Lines([
            f"{check.name} ({check.level}; {', '.join(check.tags)})", "", check.summary, "",
            "Why:", f"  {check.why}", "",
            "By hand:", *(f"  {line}" for line in check.by_hand.splitlines()), "",
            "What to do:", f"  {check.remedy}",
        ])
    ]  # fmt: skip


def keys_view(keys: Sequence["ListedKey"]) -> View:
    """One line for each key; what is wrong with it is coloured, and says so by itself."""
    columns = (
        "table",
        "column",
        "target",
        "on delete",
        "valid",
        "enforced",
        "indexed",
        "rows",
        "orphans",
        "constraint",
    )
    rows = [
        (
            key.table, key.columns, f"{key.target} ({', '.join(key.target_columns)})", key.on_delete, key.valid, key.enforced,
            key.indexed, key.rows, key.orphans, key.constraint or "missing",
        )
        for key in keys
    ]  # fmt: skip
    unsound = sum(not key.is_sound for key in keys)
    said = f"{unsound} of them with something to do" if unsound else "all sound"
    styles = ["" if key.is_sound else "yellow" for key in keys]
    return [Grid(columns, rows, styles=styles), Lines([f"{plural(len(keys), 'foreign key')}, {said}"])]
