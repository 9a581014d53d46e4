"""Statements of a dump are cut where PostgreSQL cuts them."""

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphanest_db.backup.plain.lexer import Lexer, MetaCommand, Statement
from alphanest_db.backup.plain.source import Source
from alphanest_db.errors import RefusedDump


class Trickle:
    """A stream that gives a few bytes at a time, so that every token meets the end of a block."""

    def __init__(self, content: bytes, seed: int) -> None:
        self._stream = io.BytesIO(content)
        self._random = random.Random(seed)

    def read(self, _size: int, /) -> bytes:
        return self._stream.read(self._random.randint(1, 7))


def cut(text: bytes, *, standard_strings: bool = True, seed: int | None = None) -> list[bytes]:
    """The statements, without what stands between them."""
    lexer = Lexer(Source(io.BytesIO(text) if seed is None else Trickle(text, seed)))
    pieces = []
    while (piece := lexer.next(standard_strings=standard_strings)) is not None:
        assert isinstance(piece, Statement)
        pieces.append(piece.text)
    return pieces


@pytest.mark.parametrize(
    "statement",
    [
        rb"SELECT 'a;''b\';",
        rb"SELECT E'a\';\\';",
        rb"SELECT e'\\' || E'a''\';';",
        b"SELECT E'a' -- it's\n  'b\\';c';",
        b"SELECT E'a'\n\n -- x\n\t'b\\';c';",
        rb"SELECT nE'\';",
        b"SELECT $$;'$$;",
        b"SELECT $a$;$b$;$$;$a$;",
        b"SELECT a$b$;"[:-1] + b", $b$;$b$;",
        "SELECT $é$;$$$é$;".encode(),
        rb'SELECT "a;""b\" FROM x;',
        rb'SELECT U&"a;\0041" , U&' + rb"'d\0061;\';",
        b"SELECT /* ; /* ' */ ; */ 1;",
        b"SELECT 1 -- ; ' \"\n;",
        b"SELECT 1 -- it's\r;",
        b"SELECT 1 - -1 / 2 <-- x;\n;",
        b"CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT ')'; (SELECT 2););",
        b'CREATE FUNCTION f("begin" atomic) RETURNS int BEGIN ATOMIC SELECT 1 AS end; SELECT CASE WHEN x THEN 1 END; END;',
        b"CREATE OR REPLACE PROCEDURE p() BEGIN /* ; */ ATOMIC END;",
        b"CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql RETURN (a + CASE WHEN a > 1 THEN 1 END);",
        b"SELECT B'1' X'1f', b'0' \n '1';",
    ],
)
def test_semicolon_that_ends_nothing_is_passed(statement: bytes) -> None:
    for seed in (None, 1, 2, 3):
        assert cut(statement + b"\nSELECT 'next';", seed=seed) == [statement, b"SELECT 'next';"]


def test_backslash_escapes_where_the_server_says_so() -> None:
    assert cut(rb"SELECT 'a\'; SELECT 'b\';") == [rb"SELECT 'a\';", rb"SELECT 'b\';"]
    for text in (rb"SELECT 'a\'; SELECT ''';", rb"SELECT b'\', x'\', n'\';', '\';';"):
        assert cut(text, standard_strings=False) == [text]


@pytest.mark.parametrize(
    "text",
    [
        b"CREATE FUNCTION f(begin atomic) RETURNS int AS 'x'; SELECT 1;",
        b"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 case; END; SELECT 1;",
        b"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS begin;" + b" " * 99 + b"END; SELECT 1;",
        b"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; /* ( */ END /* ' */; SELECT 1;",
    ],
)
def test_body_ends_where_the_server_ends_it(text: bytes) -> None:
    assert cut(text)[-1] == b"SELECT 1;"
    assert len(cut(text)) == 2


@pytest.mark.parametrize(
    "text", [b"SELECT 1", b"SELECT '", b'SELECT "', b"SELECT $a$ $b$", b"SELECT /* ;", b"/* ", rb"SELECT E'\'"]
)
def test_statement_without_an_end_is_refused(text: bytes) -> None:
    with pytest.raises(RefusedDump, match="line 2 of the dump is not ended"):
        cut(b"SELECT 1;\n" + text)


def test_zero_byte_is_refused() -> None:
    with pytest.raises(RefusedDump, match="zero byte"):
        cut(b"SELECT 1;\nSELECT '\0';")


def test_backslash_outside_of_quotes_is_refused_with_line_and_command() -> None:
    with pytest.raises(RefusedDump) as refused:
        cut(b"SELECT 1;\nSELECT\n 2 \\g\x1b[31m /tmp/x\n;")

    assert refused.value.line == 3
    assert r"line 3 of the dump holds the psql command \g\x1b[31m," in refused.value.message


def test_command_between_statements_is_a_piece_of_its_own() -> None:
    lexer = Lexer(Source(io.BytesIO(b"SELECT 1;\n\\restrict abc\nSELECT 2;")))

    pieces = [lexer.next(standard_strings=True) for _ in range(4)]

    assert pieces == [
        Statement(b"SELECT 1;", 1), MetaCommand(rb"\restrict abc", 2), Statement(b"SELECT 2;", 3), None,
    ]  # fmt: skip


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_of_windows_are_turned_back(mark: bytes) -> None:
    text = b"-- x\nSELECT 'a\r\nb';\nSELECT $$\n$$;"

    for seed in (None, 1, 2):
        assert cut(mark + text.replace(b"\n", b"\r\n"), seed=seed) == [b"SELECT 'a\r\nb';", b"SELECT $$\n$$;"]


_TEXT = st.text(alphabet="ab;'\"\\$-/*(){}\n\rEé\u2028 ", max_size=12)
_LITERALS = st.one_of(
    _TEXT.map(lambda text: "'" + text.replace("'", "''") + "'"),
    _TEXT.map(lambda text: "E'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"),
    _TEXT.map(lambda text: "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'\n'" + "\\''"),
    _TEXT.map(lambda text: '"' + text.replace('"', '""') + '"'),
    _TEXT.map(lambda text: "$q_1$" + text + "$q_1$"),
    _TEXT.map(lambda text: "/*" + text.replace("*", "").replace("/", "") + "*/"),
    _TEXT.map(lambda text: "--" + text.replace("\n", "").replace("\r", "") + "\n"),
    st.sampled_from(["abc$1$", "$1", "1.5e3", "::text", "<-", "(1)", ",", "BEGIN ATOMIC", "END", "CASE"]),
)
_STATEMENTS = st.lists(_LITERALS, min_size=1, max_size=6).map(lambda tokens: "SELECT " + " ".join(tokens) + " ;")


@settings(max_examples=150)
@given(st.lists(_STATEMENTS, min_size=1, max_size=5), st.integers(0, 5))
def test_whatever_is_in_quotes_statements_come_back_as_they_were(statements: list[str], seed: int) -> None:
    text = "-- x\n" + "\n\n".join(statements)

    assert cut(text.encode(), seed=seed) == [statement.encode() for statement in statements]
