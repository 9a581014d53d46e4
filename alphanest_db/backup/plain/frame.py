r"""What stands around the statements of a plain dump: its first and last line, and the few commands for psql that pg_dump writes.

`\restrict KEY` comes before all statements and `\unrestrict KEY` after the last line; pg_dump --create also writes one
`\connect` after the statements about the database. None is ever run: they are read to know that they stand where they belong.
"""

import re

from alphanest_db.backup.plain.lexer import MetaCommand, refused_command
from alphanest_db.errors import RefusedDump

FIRST_LINE = b"-- PostgreSQL database dump"
LAST_LINE = b"-- PostgreSQL database dump complete"
CLUSTER_LINE = b"-- PostgreSQL database cluster dump"
# Behind the last line there is no more than \unrestrict with its key.
TAIL_BYTES = 4096

_RESTRICT = re.compile(rb"\\(un)?restrict ([A-Za-z0-9]+)\Z")
_CONNECT = re.compile(rb"""\\connect (?:[A-Za-z0-9_.]+|-reuse-previous=on "dbname='(?:[^'\\"`]|\\['\\]|"")+'")\Z""")
_ENCODING = rb"\encoding SQL_ASCII"
_COMPLETE = re.compile(
    rb"^-- PostgreSQL database dump complete\r?\n--\r?\n\s*(?:\\unrestrict [A-Za-z0-9]+\s*)?\Z", re.M
)


def has_last_line(tail: bytes) -> bool:
    """Whether a plain dump that ends with these bytes (TAIL_BYTES of them, or all) is whole."""
    return _COMPLETE.search(tail) is not None


def cut_off(line: int | None = None) -> RefusedDump:
    """The error for a dump without its last line."""
    return RefusedDump(
        "the dump is cut off: the last line that pg_dump writes is missing", line,
        "Get the whole file, or dump again. Nothing was kept of it.",
    )  # fmt: skip


class Frame:
    """Follows a dump from its first line to its last."""

    def __init__(self) -> None:
        self._begun = False
        self._ended = False
        self._key = b""
        self._is_open = True  # but for the lines between \unrestrict and \restrict
        self._connected = False
        self._only_database = True  # of statements, there were only those about the database as such
        self._has_statements = False

    def comment(self, text: bytes) -> None:
        """A comment was read between two statements."""
        line = text.rstrip()
        if line == b"--":
            return
        if self._ended:
            raise RefusedDump(
                "the dump goes on behind its last line", None, "Two dumps in one file? Restore each alone."
            )
        if line == CLUSTER_LINE:
            raise RefusedDump(
                "this is a dump of a whole cluster (pg_dumpall), with roles and several databases", None,
                "Dump the one database with pg_dump.",
            )  # fmt: skip
        self._begun = self._begun or line == FIRST_LINE
        self._ended = line == LAST_LINE

    def statement(self, line: int, *, about_database: bool) -> None:
        """A statement is about to be run. Raises RefusedDump where none may stand."""
        if not self._begun:
            raise RefusedDump(
                "this is no plain dump of pg_dump: its first line is missing",
                line,
                "Run SQL of your own with `alphanest db shell`.",
            )
        if self._ended or not self._is_open:
            raise RefusedDump(f"line {line} of the dump holds a statement behind its end", line)
        self._only_database = self._only_database and about_database
        self._has_statements = True

    def command(self, command: MetaCommand) -> None:
        """A command for psql was read. Raises RefusedDump for all but pg_dump's own, where they belong."""
        text = command.text.rstrip()
        if not (self._restricting(text) or self._connect(text)):
            raise refused_command(command.text, command.line)

    def end(self, line: int) -> None:
        """The file ends here. Raises RefusedDump where it is cut off."""
        if not self._begun and not self._has_statements:
            raise RefusedDump("this is no plain dump of pg_dump: its first line is missing", line)
        if not self._ended or (self._key and self._is_open):
            raise cut_off(line)

    def _restricting(self, text: bytes) -> bool:
        match = _RESTRICT.match(text)
        if match is None:
            return False
        return self._unrestrict(match[2]) if match[1] else self._restrict(match[2])

    def _restrict(self, key: bytes) -> bool:
        first = not self._key and not self._has_statements
        again = key == self._key and not self._is_open and self._connected and not self._ended
        self._key, self._is_open = key, True
        return self._begun and (first or again)

    def _unrestrict(self, key: bytes) -> bool:
        fits = key == self._key and self._is_open and (self._ended or self._before_connect())
        self._is_open = False
        return fits

    def _connect(self, text: bytes) -> bool:
        fits = self._before_connect() and not (self._key and self._is_open)
        if text == _ENCODING:
            return fits
        self._connected = True
        return fits and _CONNECT.match(text) is not None

    def _before_connect(self) -> bool:
        return self._begun and self._has_statements and self._only_database and not self._connected and not self._ended
