"""What a downgrade would do, and what goes with it."""

from dataclasses import dataclass
from enum import StrEnum


class LossKind(StrEnum):
    """What happens to rows or values."""

    dropped = "dropped"
    emptied = "emptied"  # TRUNCATE: the table stays
    retyped = "retyped"  # the column gets another type, and values may be cut or refused


@dataclass(frozen=True)
class Dependent:
    """Something that uses what would be lost; `goes` where it is not there any more afterwards."""

    kind: str
    name: str
    goes: bool


@dataclass(frozen=True)
class Loss:
    """A table, or the values of a column of it, as they are now.

    `values` counts those of the column that are not NULL, `rows` the rows of the table; either is None where it was not
    counted, or means nothing. `to_type` is what a column becomes.
    """

    table: str
    column: str | None
    kind: LossKind
    values: int | None
    rows: int | None
    dependents: tuple[Dependent, ...] = ()
    to_type: str | None = None


@dataclass(frozen=True)
class UnclearStatement:
    """A statement that may change or take away rows in a way that cannot be counted; of `tables`, as far as they are known."""

    sql: str
    tables: tuple[str, ...]


@dataclass(frozen=True)
class DowngradePlan:
    """The revisions that would be taken back, the newest first, to the absolute id `goal`, and what goes with them.

    `error` is why it would fail, tried on an empty copy of the schema. `measured` is False where there could be no such copy
    and the statements alone were read; `notes` say why, and what else could not be looked at.
    """

    start: tuple[str, ...]
    revisions: tuple[str, ...]
    goal: str
    losses: tuple[Loss, ...]
    unclear: tuple[UnclearStatement, ...]
    error: str | None = None
    measured: bool = True
    notes: tuple[str, ...] = ()

    @property
    def may_lose(self) -> bool:
        """Whether somebody should be asked first."""
        return bool(self.losses or self.unclear or self.error)
