"""What the journal holds: runs, what each did step by step, and the rows that a step changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What a step did: to rows, to a constraint that is validated, or to the triggers that enforce one."""

    insert = "insert"
    update = "update"
    delete = "delete"
    validate = "validate"
    enable = "enable"


@dataclass(frozen=True)
class Step:
    """One statement on one table; `rows` is how many it changed, `details` what undoing must know beside them."""

    number: int
    action: Action
    reason: str
    schema: str
    table: str
    rows: int
    details: Mapping[str, Any] = field(repr=False)  # Any: JSON

    @property
    def shown(self) -> str:
        """The table's name for people."""
        return self.table if self.schema == "public" else f"{self.schema}.{self.table}"


@dataclass(frozen=True)
class Run:
    """What was changed in one transaction; times are in UTC. `kind` is who made it, `details` is what was asked for."""

    id: int
    kind: str
    details: Mapping[str, Any]  # Any: JSON
    started_at: datetime
    by: str
    undone_at: datetime | None
    undone_by: str | None
    steps: tuple[Step, ...]

    @property
    def rows(self) -> int:
        """How many rows it changed; one that two steps changed counts twice."""
        return sum(step.rows for step in self.steps)


@dataclass(frozen=True)
class Change:
    """One row that a step changed: its primary key, and its columns as text, before and after.

    Of an update, only the columns that changed. `note` says why, where that differs from row to row.
    """

    action: Action
    schema: str
    table: str
    reason: str
    key: Mapping[str, str | None] | None
    before: Mapping[str, str | None] | None
    after: Mapping[str, str | None] | None
    note: str | None


@dataclass(frozen=True)
class Obstacle:
    """Something newer that stands in the way of undoing: in which row of which table, and what."""

    table: str
    key: Mapping[str, str | None] | None
    problem: str

    def __str__(self) -> str:
        key = ", ".join(f"{column}={value}" for column, value in (self.key or {}).items())
        return f"{self.table} {key}: {self.problem}" if key else f"{self.table}: {self.problem}"
