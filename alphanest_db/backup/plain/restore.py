"""A plain dump into a database, without psql: in one transaction, and nothing but what pg_dump writes."""

import contextlib

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.backup.plain.frame import Frame
from alphanest_db.backup.plain.lexer import Lexer, MetaCommand, Statement
from alphanest_db.backup.plain.report import PlainProgress, PlainReport
from alphanest_db.backup.plain.run import StatementRunner
from alphanest_db.backup.plain.server_errors import not_restored
from alphanest_db.backup.plain.source import Readable, Source
from alphanest_db.backup.plain.statements import Kind, kind_of
from alphanest_db.errors import RefusedDump

# In the other encodings a backslash or a quote can be the second byte of a letter.
_SAFE_ENCODINGS = frozenset(
    {"UTF8", "SQL_ASCII", "EUC_JP", "EUC_JIS_2004", "EUC_CN", "EUC_KR", "EUC_TW", "KOI8R", "KOI8U"}
    | {f"LATIN{number}" for number in range(1, 11)}
    | {f"ISO_8859_{number}" for number in range(5, 9)}
    | {f"WIN{number}" for number in (866, 874, *range(1250, 1259))}
)


def _nothing(_read_bytes: int, _what: str) -> None: ...


def restore_plain(stream: Readable, connection: Connection, *, progress: PlainProgress = _nothing) -> PlainReport:
    """Restore a plain dump of pg_dump 15 to 18, and commit; where anything goes wrong, nothing of it is kept.

    The connection must not be in a transaction, and has the dump's settings afterwards: close it. Raises RefusedDump for what
    no dump holds and for a dump that is cut off, DumpNotRestored where the server does not take a statement, and
    DatabaseUnreachable.
    """
    connection.autocommit = False
    try:
        report = load_plain(stream, connection, progress=progress)
        connection.commit()
    except psycopg2.Error as error:
        raise not_restored(error, 0, "COMMIT") from error
    finally:
        with contextlib.suppress(psycopg2.Error):
            connection.rollback()
    return report


def load_plain(stream: Readable, connection: Connection, *, progress: PlainProgress = _nothing) -> PlainReport:
    """As `restore_plain`, within the connection's own transaction, which is the caller's to commit or to roll back.

    Foreign keys that the rows violate are added NOT VALID; statements about roles that are missing here are left out.
    """
    source, frame = Source(stream), Frame()
    lexer = Lexer(source, frame.comment)
    with connection.cursor() as cursor:
        runner = StatementRunner(cursor, source, lexer.window, progress)
        transaction = runner.ask("SELECT pg_catalog.pg_current_xact_id()::text")
        while (piece := lexer.next(standard_strings=_standard_strings(connection, lexer))) is not None:
            if isinstance(piece, MetaCommand):
                frame.command(piece)
            else:
                _run(piece, lexer, frame, runner, connection)
        runner.end()
        frame.end(lexer.window.line)
        if runner.ask("SELECT pg_catalog.pg_current_xact_id_if_assigned()::text") != transaction:
            raise RefusedDump("the dump ended the transaction that it was restored in")
        return runner.report()


def _run(statement: Statement, lexer: Lexer, frame: Frame, runner: StatementRunner, connection: Connection) -> None:
    before = _standard_strings(connection, lexer)
    kind = kind_of(statement.text, statement.line, standard_strings=before)
    frame.statement(statement.line, about_database=kind in (Kind.database, Kind.setting))
    if kind is not Kind.insert:
        runner.flush()
        if _standard_strings(connection, lexer) is not before:
            raise RefusedDump("the dump changes how the server reads it while it is being read", statement.line)
    runner.run(statement, kind)


def _standard_strings(connection: Connection, lexer: Lexer) -> bool:
    """How the server is going to read the next statement, by its own word at this moment."""
    encoding = connection.get_parameter_status("client_encoding")
    if encoding not in _SAFE_ENCODINGS:
        raise RefusedDump(
            f"the dump is in the encoding {encoding}, whose letters can hold a backslash", lexer.window.line,
            "Dump with --encoding=UTF8.",
        )  # fmt: skip
    return connection.get_parameter_status("standard_conforming_strings") == "on"
