"""One condition in one wording, though PostgreSQL writes it in another once it has read its own."""

import re

_TEXT = r"E?'(?:[^']|'')*'"
# What `column IN ('a', 'b')` on a varchar becomes; read again, as by every restore, the cast is one of each value.
_LIST = re.compile(rf"\(ARRAY\[({_TEXT}::character varying(?:, {_TEXT}::character varying)*)\]\)::text\[\]")
_VALUE = re.compile(rf"{_TEXT}::character varying")


def in_one_wording(definition: str) -> str:
    """The definition as PostgreSQL writes it after a restore.

    >>> in_one_wording("((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))")
    "((a)::text = ANY (ARRAY[('x'::character varying)::text, ('y'::character varying)::text]))"
    """
    return _LIST.sub(lambda found: f"ARRAY[{_VALUE.sub(_cast, found[1])}]", definition)


def _cast(value: re.Match[str]) -> str:
    return f"({value[0]})::text"
