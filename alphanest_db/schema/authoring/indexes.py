"""Indexes and unique constraints: built and dropped CONCURRENTLY.

A unique constraint is added in a moment over an index that was built so. One that replaces another of the same name is built
under another name beside it, so that there is always one of them.
"""

from alembic.operations.ops import CreateIndexOp, CreateUniqueConstraintOp, DropConstraintOp, DropIndexOp, ExecuteSQLOp
from sqlalchemy import Connection

from alphanest_db.database.identifiers import name
from alphanest_db.schema.authoring.names import made_name
from alphanest_db.schema.authoring.operations import qualified, run
from alphanest_db.schema.authoring.stages import Operations, Stages

Keyed = CreateIndexOp | CreateUniqueConstraintOp


def change_index(stages: Stages, old: Keyed | None, new: Keyed | None) -> None:
    """Build the new one, and drop the old one."""
    block, body = _steps(stages.connection, old, new)
    undo_block, undo_body = _steps(stages.connection, new, old)
    stages.build.block += block
    stages.build.body += body
    stages.build.undo_blocks.append(undo_block)
    stages.build.undo_bodies.append(undo_body)
    stages.build.purposes.add("build" if new else "drop")


def _steps(connection: Connection, old: Keyed | None, new: Keyed | None) -> tuple[Operations, Operations]:
    """What is done outside of a transaction, and what in one with the revision's id."""
    block, body = Operations(), Operations()
    if new is not None:
        built_as = made_name(_name(new), [], "new") if old is not None else _name(new)
        block.append(_concurrent_build(new, built_as))
        body += _given_its_name(connection, new, built_as)
    if isinstance(old, CreateUniqueConstraintOp):
        body.insert(0, DropConstraintOp(old.constraint_name, old.table_name, "unique", schema=old.schema))
    elif old is not None:
        block.append(
            DropIndexOp(_name(old), old.table_name, schema=old.schema, if_exists=True, postgresql_concurrently=True)
        )
    return block, body


def _concurrent_build(new: Keyed, built_as: str) -> CreateIndexOp:
    unique = isinstance(new, CreateUniqueConstraintOp) or new.unique
    options = {key: value for key, value in new.kw.items() if key.startswith("postgresql_")}
    return CreateIndexOp(
        built_as, new.table_name, new.columns, schema=new.schema, unique=unique, if_not_exists=True,
        **{**options, "postgresql_concurrently": True},
    )  # fmt: skip


def _given_its_name(connection: Connection, new: Keyed, built_as: str) -> list[ExecuteSQLOp]:
    if isinstance(new, CreateUniqueConstraintOp):
        text = f"ALTER TABLE {{}} ADD CONSTRAINT {{}} UNIQUE USING INDEX {{}}{_deferring(new)}"
        return [run(connection, text, qualified(new.schema, new.table_name), name(_name(new)), name(built_as))]
    if built_as != _name(new):
        return [run(connection, "ALTER INDEX {} RENAME TO {}", qualified(new.schema, built_as), name(_name(new)))]
    return []


def _deferring(new: CreateUniqueConstraintOp) -> str:
    deferred = str(new.kw.get("initially") or "").upper() == "DEFERRED"
    return (" DEFERRABLE" if new.kw.get("deferrable") else "") + (" INITIALLY DEFERRED" if deferred else "")


def _name(op: Keyed) -> str:
    return str(op.constraint_name if isinstance(op, CreateUniqueConstraintOp) else op.index_name)
