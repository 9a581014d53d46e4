"""Dumps for tests: made by the real pg_dump of each version, with contents that are hard to read back."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from alphanest_db.database.target import Target
from alphanest_db.programs.environment import client_environment
from tests.conftest import FIXTURES, new_database
from tests.servers import Installation, execute

_STABLE = ("--restrict-key=stable",)  # else each dump of the same contents is another one


def pg_dump(installation: Installation, target: Target, *options: str, stable: bool = True) -> bytes:
    """What the installation's pg_dump makes of the target; for plain dumps the same of the same."""
    environment = client_environment(target, {"LC_ALL": "C"})
    program = installation.programs / "pg_dump"
    return subprocess.run(
        [program, *(_STABLE if stable else ()), *options], env=environment, capture_output=True, check=True
    ).stdout


@contextlib.contextmanager
def nasty_database(server: Target) -> Iterator[Target]:
    """A database full of what a reader of dumps can stumble over."""
    with new_database(server, "template0") as target:
        execute(target, (FIXTURES / "nasty.sql").read_text(encoding="utf-8"))
        yield target


def plain_dump(*statements: str, trailer: bool = True) -> bytes:
    """A plain dump as pg_dump writes it, around statements of one's own."""
    head = (
        "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc123\n\n-- Dumped from database version 18.4\n"
        "-- Dumped by pg_dump version 18.4\n\nSET statement_timeout = 0;\nSET client_encoding = 'UTF8';\n"
        "SET standard_conforming_strings = on;\nSELECT pg_catalog.set_config('search_path', '', false);\n"
    )
    tail = "--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc123\n\n" if trailer else ""
    return "\n\n".join([head, *statements, tail]).encode()


def trigger(statement: str) -> str:
    """What makes a trigger on public.t that runs the statement for each row."""
    return (
        f"CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {statement} RETURN NEW; END$$;\n"
        "CREATE TRIGGER f BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.f();"
    )


def write(path: Path, content: bytes) -> Path:
    """The path of a file with that content."""
    path.write_bytes(content)
    return path
