"""How the answers of `alphanest seed synthetic` and `seed keys` look."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Union

from alphanest_db.cli.grids import Grid, Lines, View
from alphanest_db.units import human_bytes, human_seconds

if TYPE_CHECKING:
    from alphanest_db.workflows.synthetic import SyntheticFiles, SyntheticRun
    from alphanest_db.workflows.synthetic_keys import SyntheticKey


def run_view(run: "SyntheticRun") -> View:
    """How many rows were put in, how fast, and how to get at them."""
    lines = ["", _speed(run)]
    if run.rebuilt:
        lines.append(f"{len(run.rebuilt)} indexes and keys were dropped and made again.")
    return [_tables(run), Lines([*lines, *_known(run)])]


def files_view(files: "SyntheticFiles") -> View:
    """What was written, and what loads it."""
    load = (
        f"{human_bytes(files.size_bytes)} in {files.folder}; in that folder, psql -f {files.load_file.name} loads them."
    )
    return [_tables(files), Lines(["", _speed(files), load, *_known(files)])]


def keys_grid(keys: "Sequence[SyntheticKey]") -> Grid:
    """Whose they are."""
    return Grid(("number", "username", "email", "api_key"), [(k.number, k.username, k.email, k.api_key) for k in keys])


def _tables(made: Union["SyntheticRun", "SyntheticFiles"]) -> Grid:
    return Grid(("table", "rows"), list(made.tables.items()))


def _speed(made: Union["SyntheticRun", "SyntheticFiles"]) -> str:
    return f"{human_seconds(made.duration_seconds)}, {made.rows_per_second:,.0f} rows/s"


def _known(made: Union["SyntheticRun", "SyntheticFiles"]) -> list[str]:
    return [
        f"Everybody has the password {made.password}; `alphanest seed keys --seed {made.seed}` shows names and API keys.",
        f"The same rows again, on any day: the same sizes, --seed {made.seed} --days {made.days} --until {made.until}.",
    ]
