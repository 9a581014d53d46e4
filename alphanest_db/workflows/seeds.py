"""Sets of seeds where they are allowed: what there is, what one would do, putting it in."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.confirmation import Confirmation, require_confirmation
from alphanest_db.database.connect import session, transaction
from alphanest_db.database.target import Target
from alphanest_db.errors import InvalidInput, Refused
from alphanest_db.schema.revisions import read_revisions
from alphanest_db.schema.status import require_head
from alphanest_db.seeding.demo import Credentials, SeededUser, demo_set
from alphanest_db.seeding.sets.hands import Hand, PlainHand
from alphanest_db.seeding.sets.model import SeedSet, SetKind, TableChange
from alphanest_db.seeding.sets.ordering import in_order
from alphanest_db.seeding.sets.reading import read_sets
from alphanest_db.seeding.sets.remembering import ensure_memory, read_memory, remember
from alphanest_db.seeding.sets.upsert import put_in
from alphanest_db.settings import Environment, Settings
from alphanest_db.whoever import whoever_runs_this
from alphanest_db.workflows.demo import NoCredentials, RealCredentials
from alphanest_db.workflows.guards import effective_environment
from alphanest_db.workflows.seed_runs import hand_for, lock_seeds
from alphanest_db.workflows.synthetic_set import (
    SYNTHETIC,
    remembered_synthetic,
    seed_synthetic_set,
    synthetic_changes,
    synthetic_set,
)

SEEDS = Path("seeds")


@dataclass(frozen=True)
class SetState:
    """A set, and what it is to the database: not applied, applied, or changed since; `allowed` tells whether it may be."""

    name: str
    kind: SetKind
    file: str | None
    environments: tuple[Environment, ...]
    depends: tuple[str, ...]
    allowed: bool
    state: str
    applied_at: datetime | None
    run: int | None


@dataclass(frozen=True)
class SetChange:
    """What a set does, or did, to the database; `run` is the number by which that is undone."""

    name: str
    tables: tuple[TableChange, ...]
    run: int | None = None

    @property
    def rows(self) -> int:
        """How many rows are put in or changed."""
        return sum(table.insert + table.update for table in self.tables)


@dataclass(frozen=True)
class SeedPlan:
    """What the sets would do, in their order; `left_out` are those that are not for this environment."""

    database: str
    environment: Environment
    sets: tuple[SetChange, ...]
    left_out: tuple[str, ...]

    @property
    def has_work(self) -> bool:
        """Whether any row would be put in or changed."""
        return any(change.rows for change in self.sets)

    @property
    def destroys(self) -> bool:
        """Whether it has to be confirmed: it can be undone, and where real people's data live that is asked all the same."""
        return self.has_work and self.environment.is_protected


@dataclass(frozen=True)
class Seeded:
    """What the sets did; `users` are demo users, with the keys that were made now."""

    database: str
    sets: tuple[SetChange, ...]
    users: tuple[SeededUser, ...]
    left_out: tuple[str, ...]
    is_remembered: bool


@dataclass(frozen=True)
class SeedOrder:
    """The sets that are meant, by name, none for all of the folder's, which is `seeds`; `now` is what demo times lie before."""

    names: tuple[str, ...]
    folder: Path | None
    now: datetime


def list_sets(target: Target, settings: Settings, folder: Path | None, *, now: datetime) -> list[SetState]:
    """All sets, ours and the folder's; changes nothing. Raises InvalidInput for a file that is no set."""
    known = _known(folder, NoCredentials(), now, [])
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        environment = effective_environment(connection, settings.environment)
        memory = read_memory(connection) | remembered_synthetic(connection)
    states = []
    for seed in known.values():
        old = memory.get(seed.name)
        state = (
            "not applied" if old is None else "applied" if old.content_hash == seed.content_hash else "changed since"
        )
        states.append(
            SetState(
                seed.name, seed.kind, seed.path.name if seed.path else None, seed.environments, seed.depends,
                environment in seed.environments, state, old.applied_at if old else None, old.run if old else None,
            )
        )  # fmt: skip
    return states


def plan_seeds(target: Target, settings: Settings, migrations: Path, order: SeedOrder) -> SeedPlan:
    """What the sets would do: it is done, and rolled back, so that it is what would happen.

    Raises InvalidInput for what is no set, Refused for one that is not for this environment, PendingMigrations, and SeedFailed.
    """
    timeout_seconds = settings.connect_timeout_seconds
    known = _known(order.folder, NoCredentials(), order.now, [])
    environment, chosen, left_out = _chosen(target, settings, migrations, known, order)
    with session(target, timeout_seconds=timeout_seconds) as connection, _rolled_back(connection):
        lock_seeds(connection)
        if order.names == (SYNTHETIC,):
            changes = [SetChange(SYNTHETIC, synthetic_changes(connection, order.now))]
        else:
            changes = [_put(connection, PlainHand(connection), seed) for seed in chosen]
    return SeedPlan(target.database, environment, tuple(changes), left_out)


def apply_confirmed(
    target: Target, settings: Settings, migrations: Path, order: SeedOrder, plan: SeedPlan, confirmation: Confirmation,
    environ: Mapping[str, str],
) -> Seeded:  # fmt: skip
    """Put the sets in, all of them in one transaction, each with a run of its own.

    Raises ConfirmationNeeded in staging and production, and what `plan_seeds` raises; nothing is changed then.
    """
    if plan.destroys:
        what = f"seeding {', '.join(change.name for change in plan.sets if change.rows)}"
        require_confirmation(plan.environment, plan.database, what, confirmation)
    if order.names == (SYNTHETIC,) and plan.has_work:
        made = seed_synthetic_set(target, settings, migrations, environ, now=order.now)
        return Seeded(target.database, (replace(plan.sets[0], run=made.run),), (), (), made.run is not None)
    timeout_seconds, users = settings.connect_timeout_seconds, list[SeededUser]()
    with session(target, timeout_seconds=timeout_seconds) as connection:
        can_remember = ensure_memory(connection)
    with transaction(target, timeout_seconds=timeout_seconds, patient=True) as connection:
        lock_seeds(connection)
        known = _known(order.folder, RealCredentials(settings, connection), order.now, users)
        _environment, chosen, left_out = _chosen(target, settings, migrations, known, order)
        changes = [_put_and_remember(connection, seed, can_remember=can_remember) for seed in chosen]
    return Seeded(target.database, tuple(changes), tuple(users), left_out, can_remember)


def _put_and_remember(connection: Connection, seed: SeedSet, *, can_remember: bool) -> SetChange:
    hand = hand_for(connection, seed.name, can_remember=can_remember)
    change = _put(connection, hand, seed)
    if can_remember:
        remember(connection, seed, hand.run, by=whoever_runs_this())
    return SetChange(change.name, change.tables, hand.run)


def _put(connection: Connection, hand: Hand, seed: SeedSet) -> SetChange:
    return SetChange(seed.name, tuple(put_in(connection, hand, seed)))


def _known(folder: Path | None, credentials: Credentials, now: datetime, users: list[SeededUser]) -> dict[str, SeedSet]:
    if folder and not folder.is_dir():
        raise InvalidInput(f"there is no folder {folder}", "Name the folder of the sets' files with --from.")
    ours = demo_set(credentials, now=now, force=True, tell=users.append)
    return {seed.name: seed for seed in (ours, synthetic_set(), *read_sets(folder or SEEDS))}


def _chosen(
    target: Target, settings: Settings, migrations: Path, known: Mapping[str, SeedSet], order: SeedOrder
) -> tuple[Environment, Sequence[SeedSet], tuple[str, ...]]:
    """The environment, the sets in their order, and the names of those that are not for it."""
    with session(target, timeout_seconds=settings.connect_timeout_seconds) as connection:
        environment = effective_environment(connection, settings.environment)
        require_head(connection, read_revisions(migrations))
    files = [seed for seed in known.values() if seed.path]
    if not order.names and not files:
        raise InvalidInput(
            f"there are no sets in {order.folder or SEEDS}", "Name one, such as demo, or a folder with --from."
        )
    wanted = order.names or [seed.name for seed in files if environment in seed.environments]
    chosen = in_order(known, wanted)
    for seed in chosen:
        _refuse_elsewhere(seed, environment)
    left_out = () if order.names else tuple(seed.name for seed in files if environment not in seed.environments)
    return environment, chosen, left_out


def _refuse_elsewhere(seed: SeedSet, environment: Environment) -> None:
    if environment not in seed.environments:
        raise Refused(
            f"the set {seed.name} is for {', '.join(seed.environments)}, and this is a {environment} database",
            "The environment is the stricter of ALPHANEST_ENV and what the database remembers of itself; "
            "the header of the set says where it may go.",
        )


@contextlib.contextmanager
def _rolled_back(connection: Connection) -> Iterator[None]:
    """A transaction of which nothing stays."""
    connection.autocommit = False
    try:
        yield
    finally:
        connection.rollback()
