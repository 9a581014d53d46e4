"""Which tables a pattern of pg_dump's names, so that it is known beforehand and said in the manifest."""

import re
from collections.abc import Sequence

from alphanest_db.database.fingerprints import DumpableTable
from alphanest_db.errors import InvalidInput

_PART = re.compile(r'"((?:[^"]|"")*)"|([^".]+)|(\.)')
_WILDCARDS = {"*": ".*", "?": "."}


def excluded_tables(patterns: Sequence[str], tables: Sequence[DumpableTable]) -> list[DumpableTable]:
    """The tables that the patterns name: `table`, `schema.table`, with * and ?, quoted as in SQL where need be.

    A partitioned table stands for its partitions. Raises InvalidInput for a pattern that names no table.
    """
    chosen: list[DumpableTable] = []
    for text in patterns:
        schema, table = _parse(text)
        fitting = [item for item in tables if any(schema.fullmatch(s) and table.fullmatch(t) for s, t in item.names)]
        if not fitting:
            raise InvalidInput(
                f"no table fits {text!r}", "Name tables as in SQL: users, audit.log, 'log_*', '\"Quoted\"'."
            )
        chosen += [item for item in fitting if item not in chosen]
    return chosen


def exact_pattern(table: DumpableTable) -> str:
    """What names this table, and nothing else, to pg_dump.

    >>> exact_pattern(DumpableTable("public", 'a"b*', 0))
    '"public"."a""b*"'
    """
    return ".".join('"' + part.replace('"', '""') + '"' for part in (table.schema, table.table))


def _parse(text: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    parts = [""]
    place = 0
    while place < len(text):
        match = _PART.match(text, place)
        if match is None:
            raise InvalidInput(f"the pattern {text!r} has a quote too many or too few", "Quote names as in SQL.")
        quoted, bare, dot = match.groups()
        if dot:
            parts.append("")
        elif bare:
            parts[-1] += "".join(_WILDCARDS.get(char, re.escape(char)) for char in bare.lower())
        else:
            parts[-1] += re.escape(quoted.replace('""', '"'))
        place = match.end()
    if len(parts) > 2 or not all(parts):
        raise InvalidInput(f"{text!r} names no table", "Name it as table or schema.table.")
    schema, table = parts if len(parts) == 2 else (".*", parts[0])
    return re.compile(schema, re.S), re.compile(table, re.S)
