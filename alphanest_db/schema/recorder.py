"""Told by Alembic of each revision, before it begins and when it is done: times it, remembers it, and passes it on."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from alphanest_db.schema.history import Action, record
from alphanest_db.schema.revisions import Revision, RevisionGraph


@dataclass(frozen=True)
class RunStep:
    """One revision that was applied, or taken back where `upgraded` is False."""

    revision: str
    message: str
    upgraded: bool
    duration_seconds: float


class Recorder:
    """Alembic's `on_version_apply`; `remembers` is False where there is no history table to write to.

    `before` is called ahead of each revision, outside of any revision's transaction.
    """

    def __init__(
        self, graph: RevisionGraph, program: str, *, remembers: bool, listener: Callable[[RunStep], None] | None = None,
        before: Callable[[Revision], None] = lambda _revision: None,
    ) -> None:  # fmt: skip
        self._graph = graph
        self._program = program
        self._remembers = remembers
        self._listener = listener
        self._before = before
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long the revision that is under way has taken so far."""
        return time.monotonic() - self._begun

    # Any: Alembic's types, whose modules we do not load

    def announced(self, list_steps: Callable[..., Iterable[Any]]) -> Callable[..., Iterator[Any]]:
        """Alembic's function that lists the steps; it asks for a step when the one before is committed."""

        def steps(*arguments: Any) -> Iterator[Any]:
            for step in list_steps(*arguments):
                for identifier in () if step.info.is_stamp else step.info.up_revision_ids:
                    if revision := self._graph.find(identifier):
                        self._before(revision)
                self._begun = time.monotonic()
                yield step

        return steps

    def __call__(self, ctx: Any, step: Any, heads: Any, run_args: Any) -> None:
        for identifier in step.up_revision_ids:
            self._done(ctx, step, identifier)

    def _done(self, ctx: Any, step: Any, identifier: str) -> None:  # Any: as above
        revision = self._graph.find(identifier)
        if revision is None:
            return
        if self._remembers:
            action = Action.stamp if step.is_stamp else Action.upgrade if step.is_upgrade else Action.downgrade
            with ctx.connection.connection.cursor() as cursor:
                record(cursor, revision, action, program=self._program, duration_seconds=self.seconds)
        if self._listener:
            self._listener(RunStep(identifier, revision.message, step.is_upgrade, self.seconds))
