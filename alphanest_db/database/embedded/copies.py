"""Copies of the server's programs, for an account that cannot reach the originals."""

import fcntl
import os
import shutil
from pathlib import Path

from alphanest_db.database.embedded.account import Account
from alphanest_db.database.embedded.failures import cannot_use

_SERVER_PARTS = ("bin/initdb", "bin/pg_ctl", "bin/postgres", "lib", "share")


def copied(programs: Path, destination: Path, account: Account) -> Path:
    """The folder of the copied programs; copies what the server needs, keeping the layout that its library paths are relative to.

    Raises EmbeddedServerError, such as for a full disk.
    """
    install = programs.parent
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        if not account.can_enter(destination.parent):  # whatever the umask was: programs are no secret
            destination.parent.chmod(0o755)
        # Several homes share the copies, and each has its own lock on its server.
        with (destination.parent / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not destination.exists():
                _copy_installation(install, destination)
    except (OSError, shutil.Error) as error:
        raise cannot_use(destination, error) from error
    return destination / install.parent.name / install.name / "bin"


def _copy_installation(install: Path, destination: Path) -> None:
    scratch = destination.with_name(f".{destination.name}")
    shutil.rmtree(scratch, ignore_errors=True)  # what a kill left
    libraries = install.parent.with_name(f"{install.parent.name}.libs")
    try:
        for part in _SERVER_PARTS:
            _copy(install / part, scratch / install.parent.name / install.name / part)
        _copy(libraries, scratch / libraries.name)
        _open_to_all(scratch)
        os.sync()
        scratch.rename(destination)
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _copy(source: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, destination, ignore=shutil.ignore_patterns("*.a", "pkgconfig"))
    elif source.exists():
        shutil.copy2(source, destination)


def _open_to_all(folder: Path) -> None:
    """Programs are no secret: everybody may read and run the copies, whatever the umask was."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
