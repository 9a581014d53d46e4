"""What an archive has said to the server around its rows, held to the forms in which pg_dump writes it.

COPY can read files of the server and run programs there, and a setting's place has room for any statement.
"""

import re
from collections.abc import Sequence

from alphanest_db.backup.plain.names import IDENTIFIER, NAME
from alphanest_db.errors import RefusedDump
from alphanest_db.programs.archive import Entry
from alphanest_db.redact import printable

# Without columns where the table has none of its own (fmtCopyColumnList in pg_dump.c).
_COPY = re.compile(rb"COPY %b (?:\(%b(?:, %b)*\))? FROM stdin;" % (NAME, IDENTIFIER, IDENTIFIER))
_SETTINGS = {
    "ENCODING": re.compile(rb"SET client_encoding = '[A-Za-z0-9_]+';"),
    "STDSTRINGS": re.compile(rb"SET standard_conforming_strings = '(?:on|off)';"),
    "SEARCHPATH": re.compile(rb"SELECT pg_catalog\.set_config\('search_path', '[^'\\]*', false\);"),
}


def copy_of(entry: Entry) -> bytes:
    """The statement that takes the rows of a table. Raises RefusedDump."""
    return _as_written(entry, entry.copy, _COPY)


def settings_of(entries: Sequence[Entry]) -> list[bytes]:
    """What an archive sets for the sessions that restore it, such as the encoding of its rows. Raises RefusedDump."""
    return [_as_written(entry, entry.definition, _SETTINGS[entry.type]) for entry in entries if entry.type in _SETTINGS]


def _as_written(entry: Entry, statement: str, form: re.Pattern[bytes]) -> bytes:
    """As it was in the archive, whatever its encoding."""
    text = statement.encode("utf-8", "surrogateescape")
    if not form.fullmatch(text):
        raise RefusedDump(
            f"the archive's {entry.type} {printable(entry.tag)} holds a statement that pg_dump does not write there"
        )
    return text
