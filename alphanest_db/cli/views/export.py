"""How the answer of `alphanest export` looks."""

from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Grid, Lines, Measured, View
from alphanest_db.units import human_bytes, plural

if TYPE_CHECKING:
    from alphanest_db.exporting.run import Export


def export_view(done: "Export") -> View:
    """One row for each file, and what is not in them."""
    rows = [
        (item.source, item.rows, Measured(item.size_bytes, human_bytes(item.size_bytes)), item.file, item.left_out)
        for item in done.files
    ]
    total = sum(item.rows for item in done.files)
    count = plural(len(done.files), "file")
    lines = [f"exported {plural(total, 'row')} of {done.database} into {count}: {done.folder}"]
    if any(item.left_out for item in done.files):
        lines.append("secrets are left out; --with-secrets puts them in")
    return [Grid(("table", "rows", "size", "file", "left out"), rows), Lines(lines)]
