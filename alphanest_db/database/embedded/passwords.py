"""The password of the embedded server's superuser, and files that only their owner can read."""

import os
import secrets
import tempfile
from pathlib import Path

from alphanest_db.database.embedded.account import Account
from alphanest_db.database.embedded.failures import failed
from alphanest_db.database.embedded.layout import Layout
from alphanest_db.errors import EmbeddedServerError

SUPERUSER = "alphanest"
SCRATCH = ".password-"
_RESET_SECONDS = 300


def new_password() -> str:
    """A password that nobody guesses."""
    return secrets.token_urlsafe(24)


def has_password(layout: Layout) -> bool:
    """True where the password file holds something."""
    return layout.password.exists() and layout.password.stat().st_size > 0


def read_password(layout: Layout) -> str:
    """The password of the server that runs.

    Raises EmbeddedServerError where its file is gone.
    """
    try:
        password = layout.password.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = "it is missing" if isinstance(error, FileNotFoundError) else "it cannot be read"
        raise _unknown(layout, why) from error
    if not password:
        raise _unknown(layout, "it is empty")
    return password


def _unknown(layout: Layout, why: str) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"the server runs, and its password is not known from {layout.password}: {why}",
        "Run `alphanest server stop`; with the file away, the next start sets a new password.",
    )


def write_private(path: Path, text: str) -> None:
    """Put the text into a file that only its owner can read, whole or not at all."""
    handle, scratch = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(os.fsencode(text))  # paths stand in it as the operating system spells them
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).replace(path)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise


def reset_password(layout: Layout, account: Account, programs: Path) -> None:
    """A lost password file is no lost database: the owner of the data folder sets a new one in single-user mode."""
    password = new_password()
    script = layout.folder / f"{SCRATCH}{os.getpid()}"
    write_private(script, f"ALTER ROLE {SUPERUSER} PASSWORD '{password}'\n")
    account.own(script)
    try:
        command = 'exec "$1" --single -D "$2" -c log_statement=none postgres < "$3"'
        arguments = [str(programs / "postgres"), str(layout.data), str(script)]
        result = account.run(["/bin/sh", "-c", command, "sh", *arguments], timeout_seconds=_RESET_SECONDS)
    finally:
        script.unlink(missing_ok=True)
    if result.returncode != 0 or "ERROR" in result.stderr:
        raise failed(f"{layout.password} is missing, and a new password could not be set", result.stderr, layout)
    write_private(layout.password, password)


def remove_scratch(layout: Layout) -> None:
    """Remove what a kill left behind in the middle of writing; the caller holds the lock."""
    for folder, name in (
        (layout.folder, f"{SCRATCH}*"), (layout.folder, f".{SCRATCH}*"), (layout.home, f".{layout.password.name}-*"),
    ):  # fmt: skip
        for file in folder.glob(name):
            file.unlink(missing_ok=True)
