"""The operating system account under which the embedded server runs.

PostgreSQL refuses to run as root. Everybody else runs it as themselves.
"""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.errors import EmbeddedServerError

SYSTEM_USER = "alphanest-pg"
_NO_SHELL = "/usr/sbin/nologin"
# The programs get nothing of the caller's environment: PGDATA, PGPORT or a locale there would steer them.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """Who runs the server; `name` is None where that is the caller."""

    name: str | None
    uid: int
    gid: int

    def run(
        self, command: Sequence[str], *, timeout_seconds: float, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this account; its output is captured, files it makes are closed to others."""
        switch = {} if self.name is None else {"user": self.uid, "group": self.gid, "extra_groups": []}
        return subprocess.run(  # type: ignore[call-overload,no-any-return]  # switch is empty or whole
            command, env=_ENVIRONMENT, cwd=folder or "/", umask=0o077, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="replace", timeout=timeout_seconds, check=False, **switch,
        )  # fmt: skip

    def own(self, path: Path) -> None:
        """Hand a file or folder of ours over to this account."""
        if self.name is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """True where the account may pass through the folder and all above it, by their mode bits."""
        return self.name is None or all(self._may_pass(parent) for parent in (folder, *folder.parents))

    def _may_pass(self, folder: Path) -> bool:
        info = folder.stat()
        if info.st_uid == self.uid:
            return bool(info.st_mode & stat.S_IXUSR)
        if info.st_gid == self.gid:
            return bool(info.st_mode & stat.S_IXGRP)
        return bool(info.st_mode & stat.S_IXOTH)


def server_account() -> Account:
    """The account for the embedded server; for root a system user of ours, made when it is missing.

    Raises EmbeddedServerError where it cannot be made.
    """
    if os.geteuid() != 0:
        return Account(None, os.geteuid(), os.getegid())
    entry = _find(SYSTEM_USER) or _made(SYSTEM_USER)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _made(name: str) -> pwd.struct_passwd:
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    if useradd := shutil.which("useradd", path=path):
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", _NO_SHELL]
        command = [useradd, *options, name]
    elif adduser := shutil.which("adduser", path=path):  # BusyBox, as in Alpine
        command = [adduser, "-S", "-D", "-H", "-h", "/nonexistent", "-s", _NO_SHELL, name]
    else:
        raise _no_account(name, "there is neither useradd nor adduser")
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    entry = _find(name)  # another alphanest may have made it at the same moment
    if entry is None:
        raise _no_account(name, result.stderr.strip() or f"exit code {result.returncode}")
    return entry


def _no_account(name: str, why: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"PostgreSQL does not run as root, and the system user {name} could not be made: {why}",
        "Run alphanest as an ordinary user, or name a server with DATABASE_URL.",
    )
