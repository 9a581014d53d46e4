"""The operating system account under which the embedded server runs.

PostgreSQL refuses to run as root. Everybody else runs it as themselves.
"""

import contextlib
import os
import stat
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alphanest_db.database.embedded.system_user import SYSTEM_USER, find_user, made_user

# The programs get nothing of the caller's environment: PGDATA, PGPORT or a locale there would steer them.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_NOBODY = 65534
# Appends to the log as the account itself: root would follow a link that the account put there. postgres takes the shell's place.
_DETACHED = 'log="$1"; shift; exec "$@" >>"$log" 2>&1'


@dataclass(frozen=True)
class Account:
    """Who runs the server; `name` is None where that is the caller."""

    name: str | None
    uid: int
    gid: int

    def run(
        self, command: Sequence[str], *, timeout_seconds: float, keep_open: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as this account; its output is captured, files it makes are closed to others.

        It inherits the file descriptors in `keep_open`.
        """
        return subprocess.run(
            command, capture_output=True, timeout=timeout_seconds, check=False, pass_fds=keep_open, **self._as_account()
        )

    def start(self, command: Sequence[str], log: Path) -> "subprocess.Popen[str]":
        """Start a program as this account that outlives us: Ctrl-C and the end of the terminal do not reach it."""
        return subprocess.Popen(
            ["/bin/sh", "-c", _DETACHED, "sh", str(log), *command],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True, **self._as_account(),
        )  # fmt: skip

    def _as_account(self) -> dict[str, Any]:  # Any: keyword arguments of different types
        common = {
            "env": _ENVIRONMENT, "cwd": "/", "umask": 0o077, "stdin": subprocess.DEVNULL, "text": True, "errors": "replace",
        }  # fmt: skip
        return common if self.name is None else common | {"user": self.uid, "group": self.gid, "extra_groups": []}

    @contextlib.contextmanager
    def acting(self) -> Iterator[None]:
        """Be this account for a moment: in a container, root may not look at other users' processes (CAP_SYS_PTRACE)."""
        if self.name is None:
            yield
            return
        root, root_group = os.geteuid(), os.getegid()
        try:
            os.setegid(self.gid)
            os.seteuid(self.uid)
            yield
        finally:
            os.seteuid(root)
            os.setegid(root_group)

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
    entry = find_user(SYSTEM_USER) or made_user(SYSTEM_USER)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def known_account() -> Account:
    """The account for the embedded server, for those who only look: a missing system user is not made."""
    if os.geteuid() != 0 or find_user(SYSTEM_USER):
        return server_account()
    return Account(SYSTEM_USER, _NOBODY, _NOBODY)
