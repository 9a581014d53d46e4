"""Sets in the order in which they can be put in: whatever one depends on comes before it."""

import difflib
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from alphanest_db.errors import InvalidInput
from alphanest_db.seeding.sets.model import SeedSet


def in_order(known: Mapping[str, SeedSet], wanted: Iterable[str]) -> list[SeedSet]:
    """The sets that are wanted with all that they depend on, dependencies first. Raises InvalidInput."""
    graph: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[str, str | None]] = [(name, None) for name in wanted]
    while waiting:
        name, by = waiting.pop()
        if name not in graph:
            graph[name] = _get(known, name, by).depends
            waiting += [(other, name) for other in graph[name]]
    try:
        return [known[name] for name in TopologicalSorter({name: graph[name] for name in sorted(graph)}).static_order()]
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise InvalidInput(
            f"sets depend on each other in a circle: {circle}", "Break it in one of their headers."
        ) from error


def _get(known: Mapping[str, SeedSet], name: str, by: str | None) -> SeedSet:
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known)
    guess = f"Did you mean {' or '.join(near)}? " if near else ""
    said = f"the set {by} depends on {name}, which is no set" if by else f"there is no set {name}"
    raise InvalidInput(said, f"{guess}`alphanest seed list` shows what there is.")
