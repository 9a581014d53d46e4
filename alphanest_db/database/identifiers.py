"""Names and statements put together safely: the only place where a name becomes part of SQL."""

import pkgutil
from typing import Any

from psycopg2 import sql

Statement = sql.Composed | sql.SQL


def load_sql(package: str, name: str) -> str:
    """The text of `<name>.sql` beside the modules of `package`."""
    text = pkgutil.get_data(package, f"{name}.sql")  # importlib.resources takes 10 ms to load, of every start
    assert text is not None, "packages are loaded from files"
    return text.decode("utf-8")


def name(*parts: str) -> sql.Identifier:
    """A quoted, possibly qualified name: `name("public", "users")`."""
    return sql.Identifier(*parts)


def literal(value: Any) -> "sql.Literal[Any]":  # Any: psycopg2 adapts whatever it has an adapter for
    """A quoted value, for statements that take no parameters (most DDL)."""
    return sql.Literal(value)


def statement(text: str, *parts: sql.Composable, **named: sql.Composable) -> sql.Composed:
    """The text with `{}` replaced by quoted names and literals."""
    return sql.SQL(text).format(*parts, **named)
