"""JSON that is written while it comes: lists of any length in flat memory."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_STEP = "  "


@dataclass(frozen=True)
class Stream:
    """A list whose items are not there yet."""

    items: Iterable[Any]  # Any: whatever JSON can hold


def json_chunks(
    value: Any, default: Callable[[Any], Any], indent: str = ""
) -> Iterator[str]:  # Any: whatever JSON can hold
    """The text of the value in pieces; looks as `json.dumps` with an indent of two makes it.

    >>> "".join(json_chunks({"a": Stream(iter([1, 2])), "b": "x"}, str)).split()
    ['{', '"a":', '[', '1,', '2', '],', '"b":', '"x"', '}']
    """

    def part(item: Any) -> Iterator[str]:  # Any: as above
        return json_chunks(item, default, indent=indent + _STEP)

    match value:
        case Mapping() if value:
            named = ((f"{json.dumps(key)}: ", part(item)) for key, item in value.items())
            yield from _enclosed("{", named, "}", indent)
        case Stream(items) | (list() as items) | (tuple() as items):
            yield from _enclosed("[", (("", part(item)) for item in items), "]", indent)
        case _:
            text = json.dumps(value, default=default, ensure_ascii=False, indent=len(_STEP))
            yield text.replace("\n", f"\n{indent}")


def _enclosed(opening: str, parts: Iterable[tuple[str, Iterator[str]]], closing: str, indent: str) -> Iterator[str]:
    before = opening
    for name, chunks in parts:
        yield f"{before}\n{indent}{_STEP}{name}"
        yield from chunks
        before = ","
    yield f"{opening}{closing}" if before == opening else f"\n{indent}{closing}"
