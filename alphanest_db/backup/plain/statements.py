"""The statements that pg_dump 15 to 18 writes, and what kind each is: all others are refused.

This keeps out what no dump needs: programs and files of the server (COPY ... PROGRAM), its configuration (ALTER SYSTEM), other
roles, queries, and the end of the one transaction. It cannot keep out SQL that a function, a view or a default of the dump holds.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from alphanest_db.backup.plain.names import IDENTIFIER, NAME
from alphanest_db.backup.plain.strict import is_as_written
from alphanest_db.errors import RefusedDump
from alphanest_db.redact import printable

_SHOWN_BYTES = 60

KEYED_TABLE = re.compile(rb"ALTER TABLE (?:ONLY )?(%b)" % NAME)
_LITERAL = rb"E?'(?:[^']|'')*'"
_RIGHT = rb"[A-Z]+(?:\(%b\))?" % IDENTIFIER
_VALUE = rb"(?:%b(?:::[a-z0-9 \[\]]+)?|-?[0-9.]+(?:::[a-z0-9 \[\]]+)?|true|false|NULL)" % _LITERAL


class Kind(Enum):
    """What has to be done with a statement."""

    plain = auto()  # nothing but to run it
    setting = auto()
    insert = auto()
    copy = auto()
    foreign_key = auto()
    owner = auto()  # it, and the next one, name a role that may be missing here
    privileges = auto()
    public_schema = auto()
    database = auto()  # about the database as such, which is another one here
    begin = auto()
    commit = auto()
    large_object = auto()
    authorization = auto()  # one of a pair around grants that somebody else than the owner made
    end_of_authorization = auto()


@dataclass(frozen=True)
class _Form:
    kind: Kind
    pattern: re.Pattern[bytes]


_OBJECTS = (
    rb"ACCESS METHOD|AGGREGATE|CAST|COLLATION|CONVERSION|DOMAIN|EVENT TRIGGER|EXTENSION|FOREIGN DATA WRAPPER|FOREIGN TABLE|"
    rb"FUNCTION|INDEX|MATERIALIZED VIEW|OPERATOR CLASS|OPERATOR FAMILY|OPERATOR|POLICY|PROCEDURAL LANGUAGE|LANGUAGE|PROCEDURE|"
    rb"PUBLICATION|ROUTINE|RULE|SCHEMA|SEQUENCE|SERVER|STATISTICS|SUBSCRIPTION|TABLE|"
    rb"TEXT SEARCH (?:CONFIGURATION|DICTIONARY|PARSER|TEMPLATE)|TRANSFORM|TRIGGER|TYPE|USER MAPPING|VIEW"
)
SETTINGS = (
    b"statement_timeout", b"lock_timeout", b"idle_in_transaction_session_timeout", b"transaction_timeout",
    b"client_encoding", b"standard_conforming_strings", b"check_function_bodies", b"xmloption", b"client_min_messages",
    b"escape_string_warning", b"row_security", b"default_tablespace", b"default_table_access_method",
    b"default_with_oids", b"quote_all_identifiers",
)  # fmt: skip


def _form(kind: Kind, *patterns: bytes) -> Iterator[_Form]:
    for pattern in patterns:
        yield _Form(kind, re.compile(pattern, re.S))


def _exactly(*patterns: bytes) -> Iterator[bytes]:
    for pattern in patterns:
        yield pattern + rb";\Z"


# The first that fits counts.
_FORMS = (
    *_form(Kind.setting, *_exactly(rb"SELECT pg_catalog\.set_config\('search_path', %b, false\)" % _LITERAL)),
    *_form(Kind.setting, *_exactly(rb"SET (?:%b) = (?:%b|%b|[0-9]+)" % (b"|".join(SETTINGS), _LITERAL, IDENTIFIER))),
    *_form(Kind.copy, *_exactly(rb"COPY %b (?:\(%b(?:, %b)*\))? ?FROM stdin" % (NAME, IDENTIFIER, IDENTIFIER))),
    *_form(Kind.insert, rb"INSERT INTO %b (?:\(|VALUES|OVERRIDING|DEFAULT VALUES)" % NAME),
    *_form(Kind.foreign_key, rb"ALTER TABLE (?:ONLY )?%b\s+ADD CONSTRAINT %b FOREIGN KEY " % (NAME, IDENTIFIER)),
    *_form(Kind.owner, rb"ALTER (?:%b|LARGE OBJECT) .*OWNER TO %b;\Z" % (_OBJECTS, IDENTIFIER)),
    *_form(Kind.public_schema, rb"CREATE SCHEMA public;\Z"),
    *_form(
        Kind.database, rb"(?:CREATE|ALTER|DROP|COMMENT ON|SECURITY LABEL (?:FOR %b )?ON) DATABASE " % IDENTIFIER,
        rb"ALTER ROLE %b IN DATABASE " % IDENTIFIER, rb"(?:GRANT|REVOKE) [A-Z, ]+ ON DATABASE ",
    ),
    *_form(
        Kind.privileges,
        rb"(?:GRANT|REVOKE(?: GRANT OPTION FOR)?) %b(?:,%b)* ON (?:%b|FOREIGN SERVER|LARGE OBJECT) "
        % (_RIGHT, _RIGHT, _OBJECTS),
        rb"ALTER DEFAULT PRIVILEGES ",
    ),
    *_form(Kind.authorization, *_exactly(rb"SET SESSION AUTHORIZATION (?:%b|%b)" % (_LITERAL, IDENTIFIER))),
    *_form(Kind.end_of_authorization, *_exactly(rb"RESET SESSION AUTHORIZATION")),
    *_form(Kind.begin, *_exactly(b"BEGIN")),
    *_form(Kind.commit, *_exactly(b"COMMIT")),
    *_form(
        Kind.large_object,
        *_exactly(
            rb"SELECT pg_catalog\.lo_open\('[0-9]+', 131072\)", rb"SELECT pg_catalog\.lowrite\(0, '\\\\?x[0-9a-f]*'\)",
            rb"SELECT pg_catalog\.lo_close\(0\)",
        ),
    ),
    *_form(
        Kind.plain,
        rb"CREATE (?:OR REPLACE )?(?:TRUSTED |UNLOGGED |UNIQUE |CONSTRAINT |DEFAULT )?(?:%b) " % _OBJECTS,
        rb"(?:ALTER|DROP) (?:%b|LARGE OBJECT) " % _OBJECTS,
        rb"COMMENT ON ", rb"SECURITY LABEL ", rb"REFRESH MATERIALIZED VIEW ",
        *_exactly(
            rb"SELECT pg_catalog\.setval\(%b, -?[0-9]+, (?:true|false)\)" % _LITERAL,
            rb"SELECT pg_catalog\.lo_(?:create|unlink)\('[0-9]+'\)",
            rb"SELECT pg_catalog\.lo_unlink\(oid\) FROM pg_catalog\.pg_largeobject_metadata WHERE oid = '[0-9]+'",
            rb"SELECT \* FROM pg_catalog\.pg_restore_(?:relation|attribute)_stats\(\s*%b(?:,\s+%b)*\s*\)" % (_VALUE, _VALUE),
        ),
    ),
)  # fmt: skip

# They bring what reads files, runs programs or dials out by the rights of whoever restores.
_DANGEROUS_EXTENSIONS = re.compile(
    rb'CREATE EXTENSION (?:IF NOT EXISTS )?"?(adminpack|file_fdw|pl[a-z0-9]+u|plsh)"?[ ;]'
)
_SUBSCRIPTION = re.compile(rb"CREATE SUBSCRIPTION .*\(connect = false,", re.S)
_SUBSCRIPTION_CHANGE = re.compile(rb"ALTER SUBSCRIPTION %b OWNER TO " % IDENTIFIER)


def kind_of(text: bytes, line: int, *, standard_strings: bool = True) -> Kind:
    """What kind of statement this is; `standard_strings` as for the lexer. Raises RefusedDump where it is none of pg_dump's."""
    found = next((form.kind for form in _FORMS if form.pattern.match(text)), None)
    if found is None or not is_as_written(text, standard_strings=standard_strings):
        raise RefusedDump(
            f"line {line} of the dump holds a statement that pg_dump does not write: {beginning(text)}", line,
            "Only what pg_dump 15 to 18 writes is restored. Leave such options away, or dump with --format=custom.",
        )  # fmt: skip
    if found is Kind.plain:
        _refuse_what_reaches_out(text, line)
    return found


def beginning(text: bytes) -> str:
    """The first words of a statement, to be shown: names, but no values.

    >>> beginning(b"INSERT INTO users VALUES ('secret');")
    'INSERT INTO users VALUES'
    """
    words = re.split(rb"['$(;\n]", text[:_SHOWN_BYTES], maxsplit=1)[0]
    return printable(words.decode("utf-8", "replace").strip())


def _refuse_what_reaches_out(text: bytes, line: int) -> None:
    if extension := _DANGEROUS_EXTENSIONS.match(text):
        raise RefusedDump(
            f"line {line} of the dump creates the extension {extension[1].decode()}, which reaches beyond the database", line,
            "If you trust it, create the extension yourself and leave it out of the dump (pg_dump --extension).",
        )  # fmt: skip
    if text.startswith(b"CREATE SUBSCRIPTION ") and not _SUBSCRIPTION.match(text):
        raise RefusedDump(f"line {line} of the dump creates a subscription that connects to another server", line)
    if text.startswith(b"ALTER SUBSCRIPTION ") and not _SUBSCRIPTION_CHANGE.match(text):
        raise RefusedDump(f"line {line} of the dump changes a subscription, which pg_dump does not", line)
