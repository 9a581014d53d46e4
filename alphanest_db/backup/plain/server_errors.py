"""What an error of the server in the middle of a plain dump means, without the rows that it may quote."""

import re

import psycopg2
from psycopg2 import errorcodes

from alphanest_db.database.failures import primary_message, translate
from alphanest_db.errors import AlphanestError, DumpNotRestored, Refused
from alphanest_db.programs.failures import without_values

_ROW = re.compile(r"^COPY .*, line (\d+)", re.M | re.S)
_HINTS = {
    errorcodes.DUPLICATE_TABLE: "Restore into an empty database.",
    errorcodes.DUPLICATE_OBJECT: "Restore into an empty database.",
    errorcodes.DUPLICATE_FUNCTION: "Restore into an empty database.",
    errorcodes.DUPLICATE_SCHEMA: "Restore into an empty database.",
    errorcodes.UNIQUE_VIOLATION: "Restore into an empty database, or mend the rows where they were dumped.",
    errorcodes.UNDEFINED_FILE: "Install the extension's files on the server.",
    errorcodes.FEATURE_NOT_SUPPORTED: "Is something not installed on this server, or the server older than the dump?",
    errorcodes.SYNTAX_ERROR: "Is the server older than the one that was dumped?",
    errorcodes.UNDEFINED_OBJECT: "Does the dump need a role, a tablespace or an extension that this server lacks?",
    errorcodes.INSUFFICIENT_PRIVILEGE: "Restore as the owner of the database, or as a role with the rights that the dump needs.",
}  # fmt: skip


def not_restored(error: psycopg2.Error, line: int, statement: str) -> AlphanestError:
    """Our own error for one of the server's at `statement`, in that line of the dump or in a row below it."""
    known = translate(error)
    if known is not None and not isinstance(known, Refused):
        return known
    row = _ROW.match(error.diag.context or "")
    line += int(row[1]) if row else 0
    said = without_values(primary_message(error))
    return DumpNotRestored(
        f"line {line} of the dump ({statement}): {said}", line, error.pgcode, _HINTS.get(error.pgcode or "")
    )
