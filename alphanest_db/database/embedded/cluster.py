"""The data folder of the embedded server: made whole or not at all."""

import os
import shutil
import subprocess
from pathlib import Path

from alphanest_db.database.embedded.account import Account
from alphanest_db.database.embedded.binaries import MAJOR_VERSION
from alphanest_db.database.embedded.failures import failed
from alphanest_db.database.embedded.layout import Layout
from alphanest_db.database.embedded.passwords import (
    SCRATCH,
    SUPERUSER,
    has_password,
    new_password,
    remove_scratch,
    reset_password,
    write_private,
)
from alphanest_db.database.embedded.system_user import check_entry
from alphanest_db.errors import EmbeddedServerError

CONFIGURATION = "alphanest.conf"
_UNFINISHED = "data.unfinished"
_INITDB_SECONDS = 300
_INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    # The builtin provider sorts by code point: indexes build 2.5 times faster, and no C library update breaks them.
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
)


def check_cluster(layout: Layout) -> None:
    """Raises EmbeddedServerError for a data folder that our PostgreSQL cannot serve; touches nothing."""
    if not layout.data.exists():
        return
    try:
        found = (layout.data / "PG_VERSION").read_text(errors="replace").strip()
    except OSError as error:
        raise EmbeddedServerError(
            f"{layout.data} is not a data folder of PostgreSQL: its PG_VERSION cannot be read",
            "Nothing was touched. Move the folder away, or restore it from a copy.",
        ) from error
    if found != str(MAJOR_VERSION):
        raise EmbeddedServerError(
            f"{layout.data} was made by PostgreSQL {found!r}, and this alphanest brings PostgreSQL {MAJOR_VERSION}",
            "Nothing was touched. Move the folder away, or dump it with the programs of that version and restore the dump.",
        )


def ensure_cluster(layout: Layout, account: Account, programs: Path, lock: int) -> None:
    """Make the data folder where there is none; the caller holds the layout's lock, with that descriptor.

    It is made under another name and renamed last, so that a kill leaves nothing half made.
    Raises EmbeddedServerError, such as for a full disk.
    """
    remove_scratch(layout)
    unfinished = layout.folder / _UNFINISHED
    _remove(unfinished)
    if layout.data.exists():
        if not has_password(layout):
            reset_password(layout, account, programs)
        return
    password = new_password()
    try:
        _initdb(layout, account, programs, unfinished, password, lock)
        with (unfinished / "postgresql.conf").open("a") as file:
            file.write(f"\ninclude_if_exists '{CONFIGURATION}'\n")
        write_private(layout.password, password)
        unfinished.rename(layout.data)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def write_configuration(layout: Layout, account: Account, port: int | None) -> None:
    """Write what differs from PostgreSQL's defaults: the private socket, and TCP on loopback only where a port is asked for."""
    # A list of names, which may be quoted, inside of a string.
    socket_folder = '"' + str(layout.socket_folder).replace('"', '""') + '"'
    lines = [
        "# Written by alphanest at every start; put settings of your own into postgresql.conf.",
        f"unix_socket_directories = {_quoted(socket_folder)}",
        "unix_socket_permissions = 0700",
        f"listen_addresses = '{'127.0.0.1' if port else ''}'",
        f"port = {port or 5432}",
        "timezone = 'UTC'",
        "log_timezone = 'UTC'",
        "",
    ]
    path = layout.data / CONFIGURATION
    for scratch in layout.data.glob(f".{CONFIGURATION}-*"):  # what a kill left
        scratch.unlink()
    write_private(path, "\n".join(lines))
    account.own(path)


def _initdb(layout: Layout, account: Account, programs: Path, folder: Path, password: str, lock: int) -> None:
    check_entry(account.uid)
    password_file = layout.folder / f"{SCRATCH}{os.getpid()}"
    write_private(password_file, password)
    account.own(password_file)
    command = [str(programs / "initdb"), f"--pgdata={folder}", f"--pwfile={password_file}", *_INITDB_OPTIONS]
    try:
        # It holds the lock with us: if we are killed, the next command waits until it has ended, and then cleans up.
        result = account.run(command, timeout_seconds=_INITDB_SECONDS, keep_open=(lock,))
    except subprocess.TimeoutExpired as error:
        raise EmbeddedServerError(
            "initdb did not finish in five minutes", "Look whether the disk is very slow, and try again."
        ) from error
    finally:
        password_file.unlink(missing_ok=True)
    if result.returncode != 0:
        raise failed("the data folder could not be made", result.stderr, layout)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
