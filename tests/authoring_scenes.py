"""Models before and after a change with something of everything, and a folder of migrations for them."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from alphanest_db.database.target import Target
from tests.conftest import ROOT
from tests.servers import execute

ENV = """
import os, runpy
from pathlib import Path
from alembic import context
from alphanest_db.workflows.plain_alembic import run_environment

models = runpy.run_path(str(Path(__file__).parent / "models.py"))["metadata"]
run_environment(context, os.environ, Path.cwd(), models)
"""
_IMPORTS = """
from sqlalchemy import *
from sqlalchemy.dialects.postgresql import UUID
metadata = MetaData()
"""
BEFORE = f"""{_IMPORTS}
Table("owners", metadata,
    Column("id", Integer, primary_key=True), Column("email", String(50), nullable=False), Column("code", Integer),
    Column("legacy", Text, nullable=False), Column("mood", Enum("ok", "it's bad", name="mood")), Column("note", Text),
    UniqueConstraint("code", name="owners_code_key"), Index("ix_owners_email", "email"), Index("ix_owners_legacy", "legacy"))
Table("pets", metadata,
    Column("id", Integer, primary_key=True), Column("owner_id", Integer), Column("name", String(20)), Column("weight", Integer),
    Column("tag", Text), Column("old_tag", Text), Column("place", Text, nullable=False),
    UniqueConstraint("old_tag", name="pets_old_tag_key"), CheckConstraint("weight >= 0", name="ck_pets_weight"),
    CheckConstraint("id > 0", name="ck_pets_id"), ForeignKeyConstraint(["owner_id"], ["owners.id"], name="pets_owner_id_fkey"))
Table("toys", metadata, Column("id", Integer, primary_key=True), Column("kind", Enum("ball", "bone", name="kind")),
    Column("pet_id", ForeignKey("pets.id", name="toys_pet_id_fkey"), index=True))
"""
ROWS = (
    "INSERT INTO owners SELECT n, 'o' || n, n, 'old', 'it''s bad' FROM generate_series(1, 50) AS n",
    "INSERT INTO pets SELECT n, n, 'pet', 3, 'tag' || n, 'tag' || n, 'here' FROM generate_series(1, 50) AS n",
    "INSERT INTO toys VALUES (1, 'ball', 1)",
)
AFTER = f"""{_IMPORTS}
mood = Enum("ok", "fine", "it's bad", name="mood")
Table("owners", metadata,
    Column("id", Integer, primary_key=True), Column("email", String(100), nullable=False), Column("code", Integer),
    Column("mood", mood), Column("note", Text, server_default="-", comment="what: it is"),
    Column("phone", String(20), nullable=False, server_default="none"),
    Column("token", UUID(), nullable=False, server_default=text("gen_random_uuid()")),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("code", "email", name="owners_code_key"), Index("ix_owners_email", "email", unique=True))
Table("vets", metadata, Column("id", Integer, primary_key=True), Column("mood", mood, index=True),
    Column("owner_id", ForeignKey("owners.id")))
Table("pets", metadata,
    Column("id", Integer, primary_key=True), Column("owner_id", Integer), Column("name", String(20), nullable=False),
    Column("weight", BigInteger), Column("tag", Text), Column("old_tag", Text), Column("place", Text),
    Column("size", Enum("small", "large", name="size"), nullable=False, server_default="small"),
    Column("vet_id", ForeignKey("vets.id"), index=True),
    UniqueConstraint("tag"), CheckConstraint("weight > 0", name="ck_pets_weight"),
    CheckConstraint("length(name) > 1", name="ck_pets_name"),
    ForeignKeyConstraint(["owner_id"], ["owners.id"], name="pets_owner_id_fkey", ondelete="CASCADE"))
"""


class Project:
    """A folder of migrations with models of its own."""

    def __init__(self, folder: Path, models: str) -> None:
        self.folder = folder
        (folder / "versions").mkdir(parents=True)
        (folder / "script.py.mako").write_text((ROOT / "migrations" / "script.py.mako").read_text())
        (folder / "env.py").write_text(ENV)
        self.become(models)

    def become(self, models: str) -> None:
        """Change the models."""
        (self.folder / "models.py").write_text(models)

    def files(self) -> list[Path]:
        """The revision files."""
        return sorted((self.folder / "versions").glob("*.py"))


def fill(target: Target) -> None:
    """Put rows into the tables of BEFORE."""
    execute(target, *ROWS)


@contextlib.contextmanager
def interrupted_at(number: int) -> Iterator[None]:
    """Let the statement of that number, and each one after it, fail as if the process had been killed before."""
    from sqlalchemy import Engine, event

    seen = 0

    def before(_conn: object, _cursor: object, sql: str, *_rest: object) -> None:
        nonlocal seen
        if sql.lstrip().startswith(("CREATE", "ALTER", "DROP", "UPDATE alembic")):
            seen += 1
            if seen > number:
                raise InterruptedError(sql)

    event.listen(Engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", before)


def model(columns: str = "") -> str:
    """Models with one table `t`, which has an id and the columns."""
    return f'{_IMPORTS}\nTable("t", metadata, Column("id", Integer, primary_key=True), {columns})\n'
