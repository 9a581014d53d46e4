"""What the complaints of pg_dump, pg_dumpall and pg_restore mean; never with the rows that they hold."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from alphanest_db.redact import hide_secrets

_LINE = re.compile(r"^(?P<tool>pg_\w+): (?P<level>error|fatal|warning|detail|hint): (?P<said>.*)$")
_COMMAND = re.compile(r"^Command was: (?P<keywords>[A-Z]+(?: [A-Z]+)*)")
_SETS_OWNER = re.compile(r" OWNER TO [^ ]+;$")
_ENTRY = re.compile(r"^pg_\w+: from TOC entry \d+; \d+ \d+ (?P<entry>.+)$")
# What follows in quotes is a value: `invalid input syntax for type date: "…"`.
_VALUE = re.compile(r': ".*$', re.S)
# pg_dump gives the reason why a COPY ended as a detail.
_FROM_SERVER = "Error message from server: "
_BEFORE_MESSAGE = re.compile(r"(?:ERROR|FATAL|PANIC):\s+")

# A server before 17 does not know the setting with which programs of 17 and newer begin.
_TRANSACTION_TIMEOUT_SINCE = 17
_TRANSACTION_TIMEOUT = 'unrecognized configuration parameter "transaction_timeout"'
# pg_dump --schema=public makes the schema as well, which every database has; a dump of all of it does not.
_PUBLIC_IS_THERE = ('schema "public" already exists', "CREATE SCHEMA")


class Meaning(StrEnum):
    """What kind of trouble a complaint tells of."""

    lost = "connection lost"
    locked = "a table was locked"
    denied = "not allowed"
    hidden = "row-level security"
    no_room = "no room"
    unsupported = "not built in"
    other = "other"


_SAYINGS = {
    Meaning.hidden: ("row-level security", "row security"),
    Meaning.locked: ("lock timeout", "could not obtain lock"),
    Meaning.no_room: ("No space left on device", "Disk quota exceeded", "File too large"),
    Meaning.unsupported: ("does not support compression", "requested compression not available"),
    Meaning.lost: (
        "server closed the connection", "terminating connection", "connection to server", "SSL connection has been closed",
        "SSL SYSCALL", "SSL error", "no connection to the server", "could not receive data", "could not send data", "Broken pipe",
        "Connection reset", "the database system is",
    ),
    Meaning.denied: ("permission denied", "must be owner", "must be superuser", "must have privileges"),
}  # fmt: skip


@dataclass(frozen=True)
class Complaint:
    """One error of a program: the server's or its own sentence, and where it restores, the object that it was about.

    `entry` is as in pg_restore's list, which it tells with --verbose only: `FK CONSTRAINT trades trades_user_id_fkey anna`.
    `command` is the beginning of the statement that failed, its first keywords: `ALTER TABLE ONLY`. `sets_owner` tells where that
    was ALTER … OWNER TO.
    """

    message: str
    entry: str | None = None
    command: str | None = None
    sets_owner: bool = False

    @property
    def meaning(self) -> Meaning:
        """The kind of trouble."""
        return next((m for m, words in _SAYINGS.items() if any(w in self.message for w in words)), Meaning.other)


def read_complaints(stderr: str, *secrets: str | None) -> tuple[Complaint, ...]:
    """The errors in what a program wrote to stderr, in their order, without values, statements, DETAIL and CONTEXT."""
    return tuple(_complaints(stderr.splitlines(), secrets))


def fatal(complaints: Sequence[Complaint], *, tool_version: int, server_version: int) -> tuple[Complaint, ...]:
    """The complaints that are not known to be harmless for this program (major version) and server (major version)."""
    return tuple(item for item in complaints if not is_harmless(item, tool_version, server_version))


def is_harmless(complaint: Complaint, tool_version: int, server_version: int) -> bool:
    """True for exactly what is known to change nothing.

    >>> is_harmless(Complaint('unrecognized configuration parameter "transaction_timeout"'), 18, 15)
    True
    """
    if (complaint.message, complaint.command) == _PUBLIC_IS_THERE:
        return True
    across = tool_version >= _TRANSACTION_TIMEOUT_SINCE > server_version
    return across and complaint.message == _TRANSACTION_TIMEOUT


def without_values(message: str) -> str:
    """A sentence of the server without the value that it may quote.

    >>> without_values('ERROR:  invalid input syntax for type date: "1999-13-01"')
    'invalid input syntax for type date: ***'
    """
    said = _BEFORE_MESSAGE.split(message, maxsplit=1)[-1]
    return _VALUE.sub(": ***", said).strip()


def _complaints(lines: Sequence[str], secrets: Sequence[str | None]) -> Iterator[Complaint]:
    entry, last = None, None
    for line in lines:
        if found := _ENTRY.match(line):
            entry = found["entry"]
        if last and (command := _COMMAND.match(line)):
            last = replace(last, command=command["keywords"], sets_owner=bool(_SETS_OWNER.search(line)))
        match = _LINE.match(line)
        if match and match["level"] in ("error", "fatal"):
            if last:
                yield last
            last, entry = Complaint(hide_secrets(without_values(match["said"]), *secrets), entry), None
        elif match and last and match["said"].startswith(_FROM_SERVER):
            reason = hide_secrets(without_values(match["said"].removeprefix(_FROM_SERVER)), *secrets)
            last = replace(last, message=f"{last.message.rstrip('.')}: {reason}")
    if last:
        yield last
