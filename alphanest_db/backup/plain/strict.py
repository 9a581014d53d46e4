"""The statements that could call a function while they are restored, held to the forms in which pg_dump writes them.

CREATE TABLE has no query (AS), INSERT has only values, ALTER TABLE does one thing and rewrites no rows, and the bounds of a
partition are constants.
"""

import re
from collections.abc import Callable

from alphanest_db.backup.plain.lexer import outline
from alphanest_db.backup.plain.names import IDENTIFIER, NAME

_TABLE = re.compile(rb"CREATE (?:UNLOGGED |FOREIGN )?TABLE %b (?:\(|OF )" % NAME)
_NO_DATA = re.compile(rb"\sWITH NO DATA;\Z")
_SCHEMA = re.compile(rb"CREATE SCHEMA %b;\Z" % IDENTIFIER)
_NUMBER = rb"-?[0-9][0-9.]*(?:e[+-]?[0-9]+)?"
_LITERALS = {
    True: rb"(?:[BX]?'(?:[^']|'')*'|E'(?:[^'\\]|\\.|'')*')",
    False: rb"(?:[BX]'[^']*'|E?'(?:[^'\\]|\\.|'')*')",
}


def _list_of(item: bytes) -> bytes:
    return rb"\(%b(?:, %b)*\)" % (item, item)


def _insert(literal: bytes) -> re.Pattern[bytes]:
    row = _list_of(rb"(?:%b|%b|NULL|DEFAULT|true|false)" % (literal, _NUMBER))
    columns = _list_of(IDENTIFIER)
    return re.compile(
        rb"INSERT INTO %b (?:DEFAULT VALUES|(?:%b )?(?:OVERRIDING (?:SYSTEM|USER) VALUE )?VALUES\s+%b(?:,\s+%b)*)"
        rb"(?:\s+ON CONFLICT DO NOTHING)?;\Z" % (NAME, columns, row, row),
        re.S,
    )


def _altering(literal: bytes) -> re.Pattern[bytes]:
    bound = _list_of(rb"(?:%b|%b|NULL|true|false|MINVALUE|MAXVALUE)" % (literal, _NUMBER))
    actions = (
        rb"ADD CONSTRAINT ", rb"DROP CONSTRAINT ", rb"(?:NO )?INHERIT ", rb"OWNER TO ", rb"CLUSTER ON ", rb"REPLICA IDENTITY ",
        rb"(?:ENABLE|DISABLE|FORCE|NO FORCE) ", rb"SET (?:\(|ACCESS METHOD |TABLESPACE |WITHOUT |LOGGED|UNLOGGED)",
        rb"ALTER COLUMN %b (?:ADD GENERATED |DROP |OPTIONS |SET (?:\(|DEFAULT |STATISTICS |STORAGE |COMPRESSION |NOT NULL))"
        % IDENTIFIER,
        rb"ATTACH PARTITION %b (?:DEFAULT|FOR VALUES (?:IN %b|FROM %b TO %b|WITH \(modulus [0-9]+, remainder [0-9]+\)));\Z"
        % (NAME, bound, bound, bound),
    )  # fmt: skip
    return re.compile(
        rb"ALTER (?:FOREIGN )?TABLE (?:IF EXISTS )?(?:ONLY )?%b\s+(?:%b)" % (NAME, b"|".join(actions)), re.S
    )


_INSERT = {standard: _insert(literal) for standard, literal in _LITERALS.items()}
_ALTERING = {standard: _altering(literal) for standard, literal in _LITERALS.items()}


def _is_plain_table(text: bytes, standard_strings: bool) -> bool:
    return _TABLE.match(text) is not None and b"AS" not in outline(text, standard_strings=standard_strings)


def _is_one_action(text: bytes, standard_strings: bool) -> bool:
    fits = _ALTERING[standard_strings].match(text) is not None
    return fits and b"," not in outline(text, standard_strings=standard_strings)


def _is_insert_of_values(text: bytes, standard_strings: bool) -> bool:
    return _INSERT[standard_strings].match(text) is not None


_Test = Callable[[bytes, bool], bool]
_TESTS: tuple[tuple[re.Pattern[bytes], _Test], ...] = (
    (re.compile(rb"INSERT "), _is_insert_of_values),
    (re.compile(rb"CREATE (?:[A-Z]+ )*?TABLE "), _is_plain_table),
    (re.compile(rb"CREATE (?:[A-Z]+ )*?MATERIALIZED VIEW "), lambda text, _: _NO_DATA.search(text) is not None),
    (re.compile(rb"CREATE (?:[A-Z]+ )*?SCHEMA "), lambda text, _: _SCHEMA.match(text) is not None),
    (re.compile(rb"ALTER (?:FOREIGN )?TABLE "), _is_one_action),
)


def is_as_written(text: bytes, *, standard_strings: bool) -> bool:
    """Whether a statement of a permitted kind has the form that pg_dump gives it; True for kinds that call nothing."""
    return all(test(text, standard_strings) for begins, test in _TESTS if begins.match(text))
