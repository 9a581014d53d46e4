"""What checks say of a server: its doors, a replica, damaged files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from alphanest_db.checks.model import Level, State
from alphanest_db.database.embedded.account import server_account
from alphanest_db.database.embedded.binaries import server_programs
from alphanest_db.database.target import Target
from alphanest_db.schema.location import migrations_folder
from alphanest_db.schema.runs import upgrade
from alphanest_db.settings import Environment
from tests.check_scenes import ROWS, results
from tests.servers import Installation, execute, fetch, free_port, installations, running_server

DOORS = ("default-password", "no-tls", "superuser-role", "trust-in-pg-hba")


def test_open_doors_are_reported_and_matter_where_people_trade(worker_folder: Path) -> None:
    folder = worker_folder / "open"
    with running_server(installations()[0], folder, settings="fsync = off\nlisten_addresses = '*'\n") as server:
        hba = folder / "data" / "pg_hba.conf"
        with hba.open("a") as file:
            file.write("host all anna,bert 10.0.0.0/8 trust\n")
        execute(
            server, "SELECT pg_reload_conf()", "CREATE ROLE carla LOGIN PASSWORD 'alphanest'",
            "CREATE ROLE dan LOGIN PASSWORD 'x'", "SET password_encryption = md5; CREATE ROLE eve LOGIN PASSWORD 'alphanest'",
        )  # fmt: skip
        in_production = results(server, *DOORS, environment=Environment.production)
        in_development = results(server, *DOORS)

    assert {name: (result.level, result.count) for name, result in in_production.items()} == {
        "default-password": (Level.error, 2), "no-tls": (Level.error, 1), "superuser-role": (Level.error, 1),
        "trust-in-pg-hba": (Level.error, 1),
    }  # fmt: skip
    assert {result.level for result in in_development.values()} == {Level.info}
    said = {name: [finding.message for finding in result.samples] for name, result in in_production.items()}
    assert said["trust-in-pg-hba"] == ["host all anna,bert 10.0.0.0 trust"]
    assert said["no-tls"] == ["the server listens on * and speaks no TLS"]
    assert {f.key["role"] for f in in_production["default-password"].samples} == {"carla", "eve"}


def test_closed_doors_are_not_reported(server: Target, database: Target) -> None:
    of = results(database, "default-password", "no-tls", "trust-in-pg-hba")

    assert [result.count for result in of.values()] == [0, 0, 0]


@contextmanager
def replica_of(primary: Target, installation: Installation, folder: Path) -> Iterator[Target]:
    """A hot standby of the primary, on a port of its own."""
    account = server_account()
    programs = server_programs(account, folder / "programs", programs=installation.programs)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    account.own(folder)
    data, port = folder / "data", free_port()
    url = primary.url(show_password=True)
    copied = account.run([str(programs / "pg_basebackup"), f"--dbname={url}", f"--pgdata={data}", "--write-recovery-conf",
                          "--checkpoint=fast", "--no-sync"], timeout_seconds=120)  # fmt: skip
    assert copied.returncode == 0, copied.stderr
    with (data / "postgresql.conf").open("a") as file:
        file.write(f"port = {port}\nunix_socket_directories = '{folder}'\n")
    pg_ctl = [str(programs / "pg_ctl"), f"--pgdata={data}", "--silent", "--wait"]
    started = account.run([*pg_ctl, "start", f"--log={folder / 'log'}"], timeout_seconds=120)
    assert started.returncode == 0, started.stderr
    try:
        yield replace(primary, port=port)
    finally:
        account.run([*pg_ctl, "stop", "--mode=immediate"], timeout_seconds=120)


def test_replica_is_checked_by_several_connections_of_one_moment(worker_folder: Path) -> None:
    installation = installations()[0]
    settings = "fsync = off\nwal_level = replica\n"
    with running_server(installation, worker_folder / "primary", settings=settings) as server:
        hba = worker_folder / "primary" / "data" / "pg_hba.conf"
        hba.write_text(hba.read_text() + "host replication all 127.0.0.1/32 scram-sha-256\n")
        execute(server, "SELECT pg_reload_conf()", "CREATE DATABASE nest")
        nest = server.with_database("nest")
        upgrade(nest, migrations_folder())
        execute(
            nest, ROWS, "ALTER TABLE nft_items DROP CONSTRAINT ck_nft_items_price",
            "UPDATE nft_items SET price = -1 WHERE id = 'i01a'",
        )  # fmt: skip
        with replica_of(server, installation, worker_folder / "replica") as replica:
            assert fetch(replica, "SELECT pg_is_in_recovery()") == [(True,)]
            of = results(replica.with_database("nest"))

    failed = {result.name for result in of.values() if result.state is State.failed}
    assert failed == {"negative-prices", "superuser-role"}
    assert of["unused-indexes"].reason == "a replica counts its own queries only: ask the primary"
    assert not [result for result in of.values() if result.state is State.error]


def with_amcheck() -> list[Installation]:
    """The installations that have the extension."""
    return [item for item in installations() if item.programs.parts[:4] == ("/", "usr", "lib", "postgresql")]


def test_without_amcheck_the_physical_checks_are_skipped(database: Target) -> None:
    of = results(database, "broken-tables", "broken-indexes")

    assert {result.state for result in of.values()} == {State.skipped}
    assert "CREATE EXTENSION amcheck" in str(of["broken-tables"].reason)


@pytest.mark.skipif(not with_amcheck(), reason="no PostgreSQL with amcheck on this machine (Debian's has it)")
def test_damaged_files_are_found(worker_folder: Path) -> None:
    with running_server(with_amcheck()[0], worker_folder / "damaged") as server:
        whole, damaged = server.with_database("whole"), server.with_database("damaged")
        execute(server, "CREATE DATABASE whole")
        execute(
            whole, 'CREATE SCHEMA "odd ext"', 'CREATE EXTENSION amcheck SCHEMA "odd ext"',
            'CREATE TABLE "Odd" (id integer PRIMARY KEY, text text)', "CREATE TABLE even (id integer PRIMARY KEY)",
            "INSERT INTO \"Odd\" SELECT n, md5(n::text) FROM generate_series(1, 2000) AS n",
            'CREATE INDEX odd_text ON "Odd" (text)',
        )  # fmt: skip
        sound = results(whole, "broken-tables", "broken-indexes")
        # Files that are copied are not in memory yet.
        execute(server, "CREATE DATABASE damaged TEMPLATE whole STRATEGY file_copy")
        [[folder]] = fetch(server, "SELECT oid FROM pg_database WHERE datname = 'damaged'")
        for relation in ('"Odd"', "odd_text"):
            [[file]] = fetch(whole, f"SELECT pg_relation_filenode('{relation}')")
            _overwrite_items(worker_folder / "damaged" / "data" / "base" / str(folder) / str(file))
        of = results(damaged, "broken-tables", "broken-indexes", "tables-without-primary-key")

    assert {result.state for result in sound.values()} == {State.passed}
    assert {name: result.state for name, result in of.items()} == {
        "broken-tables": State.failed, "broken-indexes": State.failed, "tables-without-primary-key": State.passed,
    }  # fmt: skip
    assert {finding.table for finding in of["broken-tables"].samples} == {'"Odd"'}
    # The key of the table is in order, and misses the rows that cannot be read.
    assert {finding.key["index"] for finding in of["broken-indexes"].samples} == {"odd_text", '"Odd_pkey"'}


def _overwrite_items(path: Path) -> None:
    """The end of the second page, where its first items are."""
    with path.open("r+b") as file:
        file.seek(2 * 8192 - 400)
        file.write(b"\xff" * 400)
