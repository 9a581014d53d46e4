"""The data folder of the embedded server: made whole or not at all."""

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from alphanest_db.database.embedded.account import Account
from alphanest_db.database.embedded.binaries import MAJOR_VERSION
from alphanest_db.database.embedded.layout import Layout
from alphanest_db.errors import EmbeddedServerError

SUPERUSER = "alphanest"
CONFIGURATION = "alphanest.conf"
_UNFINISHED = "data.unfinished-"
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


def ensure_cluster(layout: Layout, account: Account, programs: Path) -> None:
    """Make the data folder where there is none; the caller holds the layout's lock.

    It is made under another name and renamed last, so that a kill leaves nothing half made.
    Raises EmbeddedServerError, such as for a full disk or a data folder of another major version.
    """
    _remove_unfinished(layout)
    if layout.data.exists():
        _check_version(layout)
        if not layout.password.exists():
            _reset_password(layout, account, programs)
        return
    unfinished = layout.folder / f"{_UNFINISHED}{os.getpid()}"
    password = secrets.token_urlsafe(24)
    try:
        _initdb(layout, account, programs, unfinished, password)
        with (unfinished / "postgresql.conf").open("a") as file:
            file.write(f"\ninclude_if_exists '{CONFIGURATION}'\n")
        write_private(layout.password, password)
        unfinished.rename(layout.data)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def write_configuration(layout: Layout, account: Account, port: int | None) -> None:
    """Write what differs from PostgreSQL's defaults: the private socket, and TCP on loopback only where a port is asked for."""
    lines = [
        "# Written by alphanest at every start; put settings of your own into postgresql.conf.",
        f"unix_socket_directories = {_quoted(str(layout.socket_folder))}",
        "unix_socket_permissions = 0700",
        f"listen_addresses = '{'127.0.0.1' if port else ''}'",
        f"port = {port or 5432}",
        "timezone = 'UTC'",
        "log_timezone = 'UTC'",
        "",
    ]
    path = layout.data / CONFIGURATION
    write_private(path, "\n".join(lines))
    account.own(path)


def write_private(path: Path, text: str) -> None:
    """Put the text into a file that only its owner can read, whole or not at all."""
    handle, scratch = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def _initdb(layout: Layout, account: Account, programs: Path, folder: Path, password: str) -> None:
    password_file = layout.folder / f".password-{os.getpid()}"
    write_private(password_file, password)
    account.own(password_file)
    try:
        result = account.run(
            [str(programs / "initdb"), f"--pgdata={folder}", f"--pwfile={password_file}", *_INITDB_OPTIONS],
            timeout_seconds=_INITDB_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise EmbeddedServerError("initdb did not finish in five minutes", "Is the disk very slow?") from error
    finally:
        password_file.unlink(missing_ok=True)
    if result.returncode != 0:
        raise failed("the data folder could not be made", result.stderr, layout)


def failed(what: str, said: str, layout: Layout) -> EmbeddedServerError:
    """What a program's last words mean."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [
        line for line in lines if any(word in line for word in ("FATAL", "PANIC", "ERROR", "error:", "No space"))
    ]
    reason = (telling or lines or ["it gave no reason"])[-1]
    for mark in ("FATAL:", "PANIC:", "ERROR:", "error:"):
        reason = reason.rpartition(mark)[2].strip()
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return EmbeddedServerError(
            f"{what}: no space is left on the disk of {layout.folder}",
            "Free some space and try again; nothing that was there is lost.", layout.log,
        )  # fmt: skip
    return EmbeddedServerError(f"{what}: {reason}", f"The server's log is {layout.log}.", layout.log)


def _check_version(layout: Layout) -> None:
    try:
        found = (layout.data / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise EmbeddedServerError(
            f"{layout.data} is not a data folder of PostgreSQL: its PG_VERSION cannot be read",
            "Nothing was touched. Move the folder away, or restore it from a copy.",
        ) from error
    if found != str(MAJOR_VERSION):
        raise EmbeddedServerError(
            f"{layout.data} was made by PostgreSQL {found}, and this alphanest brings PostgreSQL {MAJOR_VERSION}",
            f"Nothing was touched. Move the folder away, or dump it with the programs of PostgreSQL {found} and restore the dump.",
        )


def _reset_password(layout: Layout, account: Account, programs: Path) -> None:
    """A lost password file is no lost database: the owner of the data folder sets a new one in single-user mode."""
    password = secrets.token_urlsafe(24)
    script = layout.folder / f".password-{os.getpid()}"
    write_private(script, f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n")
    account.own(script)
    try:
        command = 'exec "$1" --single -D "$2" postgres < "$3"'
        arguments = [str(programs / "postgres"), str(layout.data), str(script)]
        result = account.run(["/bin/sh", "-c", command, "sh", *arguments], timeout_seconds=_INITDB_SECONDS)
    finally:
        script.unlink(missing_ok=True)
    if result.returncode != 0 or "ERROR" in result.stderr:
        raise failed(f"{layout.password} is missing, and a new password could not be set", result.stderr, layout)
    write_private(layout.password, password)


def _remove_unfinished(layout: Layout) -> None:
    for folder in layout.folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(folder, ignore_errors=True)
    for file in layout.folder.glob(".password-*"):
        file.unlink(missing_ok=True)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
