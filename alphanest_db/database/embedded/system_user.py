"""The system user that runs the embedded server for root."""

import os
import pwd
import shutil
import subprocess
import time

from alphanest_db.errors import EmbeddedServerError

SYSTEM_USER = "alphanest-pg"
_NO_SHELL = "/usr/sbin/nologin"
_BUSY_SECONDS = 10
_RETRY_SECONDS = 0.2


def find_user(name: str) -> pwd.struct_passwd | None:
    """The entry of /etc/passwd, or None."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def check_entry(uid: int) -> None:
    """Raises EmbeddedServerError for a number without a name, as containers are often run with: initdb asks for the name."""
    try:
        pwd.getpwuid(uid)
    except KeyError as error:
        raise EmbeddedServerError(
            f"the user with the number {uid} has no entry in /etc/passwd, and PostgreSQL's initdb needs one",
            "Add one, run alphanest as another user, or name a server with DATABASE_URL.",
        ) from error


def made_user(name: str) -> pwd.struct_passwd:
    """Make a system user who owns nothing and cannot log in.

    Raises EmbeddedServerError where that is not possible.
    """
    command = _command(name)
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        result = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=60, check=False,
            env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
        entry = find_user(name)  # another alphanest may have made it at the same moment
        if entry is not None:
            return entry
        # Or is just making it: useradd does not wait for the lock on /etc/passwd.
        if "lock" not in result.stderr or time.monotonic() > deadline:
            raise _no_user(name, " ".join(result.stderr.split()) or f"exit code {result.returncode}")
        time.sleep(_RETRY_SECONDS)


def _command(name: str) -> list[str]:
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    if useradd := shutil.which("useradd", path=path):
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", _NO_SHELL]
        return [useradd, *options, name]
    if adduser := shutil.which("adduser", path=path):  # BusyBox, as in Alpine
        return [adduser, "-S", "-D", "-H", "-h", "/nonexistent", "-s", _NO_SHELL, name]
    raise _no_user(name, "there is neither useradd nor adduser")


def _no_user(name: str, why: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"PostgreSQL does not run as root, and the system user {name} could not be made: {why.rstrip('.')}",
        "Run alphanest as an ordinary user, or name a server with DATABASE_URL.",
    )
