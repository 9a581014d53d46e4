"""How the answer of `alphanest init` looks."""

from typing import TYPE_CHECKING

from alphanest_db.cli.grids import Lines, View
from alphanest_db.cli.views.db import run_view
from alphanest_db.cli.views.seed import users_view

if TYPE_CHECKING:
    from alphanest_db.workflows.initialise import Initialised

_NEXT = {
    "alphanest db current": "where the database stands",
    "alphanest db history": "all migrations",
    "alphanest db shell": "psql, connected",
    "alphanest server status": "the embedded server",
    "alphanest --help": "everything else",
}


def init_view(result: "Initialised", *, embedded: bool) -> View:
    """What was made, who can log in, and what to try; the embedded server is shown where it is the target."""
    created = [Lines([f"created the database {result.database}"])] if result.created else []
    if result.demo is None:
        return [*created, *run_view(result.migrations)]
    return [*created, *run_view(result.migrations), *_demo(result), _next(embedded)]


def _demo(result: "Initialised") -> View:
    assert result.demo is not None
    inserted = sum(table.inserted for table in result.demo.tables)
    what = f"seeded {inserted} demo rows" if inserted else "the demo data is there already"
    return [Lines([what]), *users_view(result.demo)]


def _next(embedded: bool) -> Lines:
    commands = {call: what for call, what in _NEXT.items() if embedded or not call.startswith("alphanest server")}
    return Lines(["", "Next:", *(f"  {call:<24} {what}" for call, what in commands.items())])
