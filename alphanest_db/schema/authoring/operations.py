"""What a generated revision holds beside Alembic's own operations, and how that is written out."""

import re
import textwrap
from collections.abc import Sequence
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op, renderers
from alembic.operations.ops import AlterColumnOp, ExecuteSQLOp, MigrateOperation, OpContainer
from psycopg2 import sql
from sqlalchemy import Connection

from alphanest_db.database.engine import driver_connection
from alphanest_db.database.identifiers import literal, name, statement

USING = "postgresql_using"
_WIDTH = 100
_alembics_alter_column = renderers.dispatch(AlterColumnOp)


class Remark(MigrateOperation):
    """A comment."""

    def __init__(self, text: str) -> None:
        self.text = text

    def reverse(self) -> "Remark":
        """The same, seen from the other side."""
        return self


class Hazard(Remark):
    """A comment on the operation that follows: what it does to a database in use."""

    def __init__(self, text: str) -> None:
        super().__init__(f"HAZARD: {text}")


class Nothing(MigrateOperation):
    """`pass`, for a body of comments."""


class AutocommitBlock(OpContainer):
    """Operations that run outside of a transaction, and stand being run twice: a killed run begins them anew."""

    def reverse(self) -> "AutocommitBlock":
        """The reverse of each, the last one first."""
        return AutocommitBlock([op.reverse() for op in reversed(self.ops)])


class CreateEnum(MigrateOperation):
    """CREATE TYPE … AS ENUM."""

    def __init__(self, schema: str | None, name: str, values: Sequence[str]) -> None:
        self.schema = schema
        self.name = name
        self.values = tuple(values)

    def reverse(self) -> "DropEnum":
        """The type goes."""
        return DropEnum(self.schema, self.name, self.values)

    def text(self) -> sql.Composable:
        """The statement."""
        values = sql.SQL(", ").join(literal(value) for value in self.values)
        return statement("CREATE TYPE {} AS ENUM ({})", qualified(self.schema, self.name), values)


class DropEnum(CreateEnum):
    """DROP TYPE of an enum."""

    def reverse(self) -> CreateEnum:  # type: ignore[override]  # each is the other's reverse
        """The type comes back."""
        return CreateEnum(self.schema, self.name, self.values)

    def text(self) -> sql.Composable:
        """The statement."""
        return statement("DROP TYPE {}", qualified(self.schema, self.name))


class AddEnumValue(MigrateOperation):
    """ALTER TYPE … ADD VALUE; `neighbour` is BEFORE or AFTER, and the value that it stands beside."""

    def __init__(self, schema: str | None, name: str, value: str, neighbour: tuple[str, str]) -> None:
        self.schema = schema
        self.name = name
        self.value = value
        self.neighbour = neighbour

    def reverse(self) -> Remark:
        """PostgreSQL has no way back."""
        return Remark(f"The value {self.value!r} of the type {self.name} stays: PostgreSQL cannot take one away.")

    def to_diff_tuple(self) -> tuple[Any, ...]:  # Any: Alembic's form
        """The difference as Alembic tells it."""
        return ("add_enum_value", self.schema, self.name, self.value)

    def text(self) -> sql.Composable:
        """The statement, which stands being run twice."""
        where, other = self.neighbour
        text = f"ALTER TYPE {{}} ADD VALUE IF NOT EXISTS {{}} {where} {{}}"
        return statement(text, qualified(self.schema, self.name), literal(self.value), literal(other))


class EnumDiffers(MigrateOperation):
    """Values of an enum that are not in the models, or stand in another order there; no statement sets that right."""

    def __init__(self, schema: str | None, name: str, existing: Sequence[str], wanted: Sequence[str]) -> None:
        self.schema = schema
        self.name = name
        self.existing = tuple(existing)
        self.wanted = tuple(wanted)

    def reverse(self) -> "EnumDiffers":
        """The same, seen from the other side."""
        return EnumDiffers(self.schema, self.name, self.wanted, self.existing)

    def to_diff_tuple(self) -> tuple[Any, ...]:  # Any: Alembic's form
        """The difference as Alembic tells it."""
        return ("modify_enum", self.schema, self.name, self.existing, self.wanted)


def qualified(schema: str | None, object_name: str) -> sql.Identifier:
    """The quoted name, with the schema where one is given."""
    return name(schema, object_name) if schema else name(object_name)


def run(connection: Connection, text: str, *parts: sql.Composable) -> ExecuteSQLOp:
    """`op.execute` of the statement, its parts quoted."""
    return ExecuteSQLOp(as_text(connection, statement(text, *parts)))


@renderers.dispatch_for(Remark)
def _render_remark(_context: AutogenContext, op: Remark) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(op.text, _WIDTH, break_long_words=False)]


@renderers.dispatch_for(Nothing)
def _render_nothing(_context: AutogenContext, _op: Nothing) -> str:
    return "pass"


@renderers.dispatch_for(AlterColumnOp, replace=True)
def _render_alter_column(context: AutogenContext, op: AlterColumnOp) -> str:
    plain: str = _alembics_alter_column(context, op)  # which leaves postgresql_using out
    using = op.kw.get(USING)
    return f"{plain.removesuffix(')')},\n{' ' * 11}{USING}={using!r})" if using else plain


@renderers.dispatch_for(AutocommitBlock)
def _render_block(context: AutogenContext, block: AutocommitBlock) -> list[str | None]:
    inside = [line for op in block.ops for line in render_op(context, op)]
    if all(isinstance(op, Remark) for op in block.ops):
        return [*inside]
    return ["with op.get_context().autocommit_block():", *inside, None]  # None: Mako's sign for the end of a block


@renderers.dispatch_for(CreateEnum)
@renderers.dispatch_for(AddEnumValue)
def _render_statement(context: AutogenContext, op: CreateEnum | AddEnumValue) -> list[str]:
    assert context.connection is not None  # autogenerate compares with a database
    return render_op(context, ExecuteSQLOp(as_text(context.connection, op.text())))


def as_text(connection: Connection, text: sql.Composable) -> str:
    """The SQL as `op.execute` takes it, for which `:word` is a parameter."""
    written = text.as_string(driver_connection(connection))
    return re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", written)
