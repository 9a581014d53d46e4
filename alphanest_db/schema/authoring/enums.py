"""Enum types: made before the first column that has them, and gone with the last; Alembic leaves them behind."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from alembic.operations.ops import (
    AddColumnOp,
    AlterColumnOp,
    CreateTableOp,
    DropColumnOp,
    DropTableOp,
    MigrateOperation,
    OpContainer,
)
from sqlalchemy import ARRAY, Column, Connection, Enum, Table, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

from alphanest_db.schema.authoring.operations import AddEnumValue, AutocommitBlock, CreateEnum, DropEnum

Key = tuple[str | None, str]
Enums = dict[Key, tuple[str, ...]]
# Any in this file: types are of whatever Python type.


def existing_enums(connection: Connection) -> Enums:
    """The enum types of the database with their values; the schema is None for the default one. Reads the catalog only."""
    default = connection.dialect.default_schema_name
    inspector: postgresql.base.PGInspector = inspect(connection)  # type: ignore[assignment]  # it is PostgreSQL
    return {
        (None if enum["schema"] == default else enum["schema"], enum["name"]): tuple(enum["labels"])
        for enum in inspector.get_enums(schema="*")
    }


def enums_of(tables: Iterable[Table]) -> Enums:
    """The enum types that columns of the tables have, with their values."""
    return _collected(column.type for table in tables for column in table.columns)


def with_enum_types(operations: Sequence[MigrateOperation], existing: Enums, wanted: Enums) -> list[MigrateOperation]:
    """The operations of an upgrade, with those that make missing enum types and drop the ones that nothing has any more.

    `existing` are the types of the database, `wanted` those of the models.
    """
    added = {key: values for key, values in _added(operations).items() if key not in existing}
    dropped = {key: values for key, values in _removed(operations).items() if key in existing and key not in wanted}
    values = [op for op in operations if isinstance(op, AddEnumValue)]
    return [
        *([AutocommitBlock(values)] if values else []),
        *(CreateEnum(*key, labels) for key, labels in added.items()),
        *(_without_making_types(op) for op in operations if op not in values),
        *(DropEnum(*key, labels) for key, labels in dropped.items()),
    ]


def flat(operations: Iterable[MigrateOperation]) -> Iterator[MigrateOperation]:
    """The operations, those in containers one by one."""
    for op in operations:
        if isinstance(op, OpContainer):
            yield from flat(op.ops)
        else:
            yield op


def _added(operations: Iterable[MigrateOperation]) -> Enums:
    types: list[TypeEngine[Any] | None] = []
    for op in flat(operations):
        if isinstance(op, CreateTableOp):
            types += [column.type for column in op.to_table().columns]
        elif isinstance(op, AddColumnOp):
            types.append(op.column.type)
        elif isinstance(op, AlterColumnOp):
            types.append(op.modify_type)
    return _collected(types)


def _removed(operations: Iterable[MigrateOperation]) -> Enums:
    types: list[TypeEngine[Any] | None] = []
    for op in flat(operations):
        if isinstance(op, DropTableOp):
            types += [column.type for column in op.to_table().columns]
        elif isinstance(op, DropColumnOp):
            types.append(op.to_column().type)
        elif isinstance(op, AlterColumnOp) and op.modify_type is not None:
            types.append(op.existing_type)
    return _collected(types)


def _collected(types: Iterable[TypeEngine[Any] | None]) -> Enums:
    enums = [found for found in map(_enum, types) if found]
    return {(enum.schema, str(enum.name)): tuple(enum.enums) for enum in enums}


def _enum(type_: TypeEngine[Any] | None) -> Enum | None:
    element = type_.item_type if isinstance(type_, ARRAY) else type_
    return element if isinstance(element, Enum) and element.native_enum and element.name else None


def _without_making_types(op: MigrateOperation) -> MigrateOperation:
    """A table whose enum types are made, or dropped, by an operation of their own."""
    if isinstance(op, CreateTableOp):
        return CreateTableOp.from_table(_with_made_types(op.to_table()), _namespace_metadata=op._namespace_metadata)
    if isinstance(op, DropTableOp):
        return DropTableOp.from_table(_with_made_types(op.to_table()), _namespace_metadata=op.to_table().metadata)
    return op


def _with_made_types(table: Table) -> Table:
    for column in table.columns:
        _use_made_type(column)
    return table


def _use_made_type(column: "Column[Any]") -> None:
    if (enum := _enum(column.type)) is None:
        return
    made = postgresql.ENUM(*enum.enums, name=enum.name, schema=enum.schema, create_type=False)
    dimensions = getattr(column.type, "dimensions", None)  # of an array
    column.type = postgresql.ARRAY(made, dimensions=dimensions) if isinstance(column.type, ARRAY) else made
