"""What a reset would do, and what would be lost."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alphanest_db.database.activity import TableActivity, Writing, read_size, read_table_activity, watch_writing
from alphanest_db.database.connect import session
from alphanest_db.database.databases import maintenance_session, other_sessions
from alphanest_db.database.swap import kept_name, read_swap_facts, refuse_if_in_the_way
from alphanest_db.database.target import Target
from alphanest_db.errors import InvalidInput, Refused
from alphanest_db.seeding.synthetic.parameters import Parameters
from alphanest_db.settings import Environment, Settings
from alphanest_db.workflows.guards import effective_environment, refuse_in_protected


class Filling(StrEnum):
    """What is in the new database."""

    empty = "empty"
    demo = "demo"
    synthetic = "synthetic"


@dataclass(frozen=True)
class ResetOrder:
    """What was asked for; `synthetic` is how large a platform, where that is the filling."""

    filling: Filling = Filling.empty
    synthetic: Parameters | None = None
    backup: bool = True
    drop_old: bool = False
    force: bool = False
    lock_wait_seconds: float = 30


@dataclass(frozen=True)
class ResetPlan:
    """What would be lost, by whom it is used, and what would take its place; `last_at` is the newest time in any row, in UTC."""

    database: str
    environment: Environment
    filling: Filling
    backup: bool
    kept: str
    drop_old: bool
    size_bytes: int
    last_at: datetime | None
    tables: tuple[TableActivity, ...]
    sessions: int
    writing: Writing
    destroys: bool = True


def choose_filling(*, demo: bool, empty: bool, synthetic: bool) -> Filling:
    """The one that was asked for, an empty database where none was. Raises InvalidInput for several."""
    chosen = {Filling.demo: demo, Filling.empty: empty, Filling.synthetic: synthetic}
    wanted = [filling for filling, is_wanted in chosen.items() if is_wanted]
    if len(wanted) > 1:
        options = " and ".join(f"--{filling}" for filling in wanted)
        raise InvalidInput(f"{options} exclude each other", "Choose one of them, or none for an empty database.")
    return wanted[0] if wanted else Filling.empty


def plan_reset(target: Target, settings: Settings, order: ResetOrder, *, now: datetime) -> ResetPlan:
    """What a reset would do; counts all rows, changes nothing.

    Raises Refused where it cannot work: the role may not create or rename databases, something would silently stay with the
    old one, or what it is to be filled with is nothing for staging and production.
    """
    timeout_seconds = settings.connect_timeout_seconds
    with session(target, timeout_seconds=timeout_seconds) as connection:
        environment = effective_environment(connection, settings.environment)
        if order.filling is not Filling.empty:
            refuse_in_protected(environment, f"a reset with {order.filling} data")
        kept = _kept_name(target, now, timeout_seconds)
        tables = tuple(read_table_activity(connection))
        return ResetPlan(
            target.database, environment, order.filling, order.backup, kept, order.drop_old, read_size(connection),
            max((table.last_at for table in tables if table.last_at), default=None),
            tuple(table for table in tables if table.rows), len(other_sessions(connection)), watch_writing(connection),
        )  # fmt: skip


def _kept_name(target: Target, now: datetime, timeout_seconds: int) -> str:
    """The name for the old database. Raises Refused where there is no way to give it one."""
    with maintenance_session(target, timeout_seconds=timeout_seconds) as connection:
        facts = read_swap_facts(connection, target.database)
        if facts and not facts.may_create:
            raise Refused(
                f"user {target.user!r} may not create databases, and a reset makes a new one beside {target.database}",
                f"Have an administrator run ALTER ROLE … CREATEDB for {target.user!r}, or connect as a role that may.",
            )
        if facts:
            refuse_if_in_the_way(target.database, facts)
        return kept_name(connection, target.database, now)
