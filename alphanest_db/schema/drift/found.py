"""A drift and its place among the statements that set all of them right."""

from dataclasses import dataclass

from alphanest_db.schema.drift.model import Drift
from alphanest_db.schema.drift.objects import SchemaObject

Place = tuple[int, int, int]
FIRST: Place = (-1, 0, 0)
AFTER_CONSTRAINTS: Place = (2, 0, 0)


@dataclass(frozen=True)
class Found:
    """A drift with its place."""

    place: Place
    drift: Drift


def place_of(item: SchemaObject, *, dropped: bool = False, within: int = 0) -> Place:
    """First what is dropped, dependents before what they depend on; then what is made, the other way round.

    `within` places the parts of a table behind it.
    """
    return (0, -item.order, 0) if dropped else (1, item.order, within)
