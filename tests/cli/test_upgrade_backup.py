"""`db upgrade --backup`: no migration without a way back."""

import shutil
from pathlib import Path

import pytest

from alphanest_db.backup.in_use import find_use
from alphanest_db.backup.store import Store
from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.revisions import read_revisions
from tests.conftest import Cli, On
from tests.servers import fetch

FAILS = """'''fails'''
from alembic import op
revision = "5100"
down_revision = "{head}"


def upgrade():
    op.execute("SELECT 1 / {divisor}")
"""


@pytest.fixture
def home_store(cli: Cli) -> Store:
    """The folder that the program looks into."""
    return Store(Path(cli.environ["ALPHANEST_HOME"]) / "backups")


def migrations_with(folder: Path, divisor: int) -> str:
    copy = folder / f"migrations-{divisor}"
    shutil.copytree(migrations_folder(), copy)
    [head] = read_revisions(migrations_folder()).heads
    (copy / "versions" / "last.py").write_text(FAILS.format(head=head, divisor=divisor))
    return str(copy)


def test_database_is_backed_up_before_it_is_upgraded(deployed_database: Target, on: On, home_store: Store) -> None:
    alphanest = on(deployed_database)
    upgraded = alphanest("db", "upgrade", "--backup", "--output", "json")
    again = alphanest("db", "upgrade", "--backup", "--output", "json")

    assert (upgraded.code, again.code) == (0, 0), upgraded.err
    [backup] = home_store.list().backups
    assert upgraded.json["backup"] == backup.id
    assert (backup.manifest.revisions, backup.manifest.note) == (("d9a4a7469274",), "before the upgrade to head")
    assert find_use(backup.folder) is None
    assert again.json["backup"] is None


def test_failed_upgrade_tells_how_to_restore_and_keeps_the_backup(
    database: Target, on: On, home_store: Store, tmp_path: Path
) -> None:
    alphanest = on(database)
    failed = alphanest("db", "upgrade", "--backup", ALPHANEST_MIGRATIONS=migrations_with(tmp_path, 0))

    [backup] = home_store.list().backups
    assert failed.code == 3
    assert f"as it was before: alphanest restore {backup.id}" in failed.err
    assert "depends on it" in (find_use(backup.folder) or "")

    mended = alphanest("db", "upgrade", "--backup", ALPHANEST_MIGRATIONS=migrations_with(tmp_path, 1))
    assert mended.code == 0, mended.err
    assert find_use(backup.folder) is None


def test_without_a_backup_nothing_is_migrated(deployed_database: Target, on: On, home_store: Store) -> None:
    home_store.folder.parent.mkdir(parents=True)
    home_store.folder.write_text("in the way")

    refused = on(deployed_database)("db", "upgrade", "--backup")

    assert refused.code == 3
    assert "backups" in refused.err
    assert fetch(deployed_database, "SELECT version_num FROM alembic_version") == [("d9a4a7469274",)]
