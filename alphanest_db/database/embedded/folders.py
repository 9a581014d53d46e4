"""The folders of the embedded server: which ones they are, and who may enter.

Nothing of others is ever widened. For root, where the server's account cannot enter ALPHANEST_HOME (a home below /root), the data
are under /var/lib/alphanest.
"""

import contextlib
import errno
import os
import pwd
import stat
from pathlib import Path

from alphanest_db.database.embedded.account import Account
from alphanest_db.database.embedded.failures import cannot_use
from alphanest_db.database.embedded.layout import Layout, short_name_of
from alphanest_db.errors import EmbeddedServerError

REACHABLE_FOR_ROOT = Path("/var/lib/alphanest")
_OUR_NAMES = frozenset({"server.lock", "server.password", "logs", "backups", "postgresql", "programs", "servers"})


def layout_of(home: Path, account: Account) -> Layout:
    """The layout of the server of `home`; changes nothing. Data that are there already decide, wherever they are.

    Raises EmbeddedServerError for a home that cannot be looked into.
    """
    try:
        home = Path(os.path.realpath(home))  # two names of one folder are one server
        if any(ord(character) < 32 for character in str(home)):  # the pid file has a path per line
            raise EmbeddedServerError(
                f"the path {str(home)!r} holds characters that PostgreSQL cannot work with",
                "Set ALPHANEST_HOME to a path without line breaks and other control characters.",
            )
        beside = Layout(home, home / "postgresql", home / "programs")
        if beside.data.exists() or account.name is None:
            return beside
        elsewhere = Layout(home, REACHABLE_FOR_ROOT / "servers" / short_name_of(home), REACHABLE_FOR_ROOT / "programs")
        return beside if not elsewhere.data.exists() and _will_be_enterable(home, account) else elsewhere
    except OSError as error:
        raise cannot_use(home, error) from error


def make_folders(layout: Layout, account: Account) -> None:
    """Make the folders of the server; only the account (and root) may enter them.

    Raises EmbeddedServerError where something else is in the way.
    """
    try:
        _make(layout.home, account)
        if layout.folder.parent != layout.home:
            _make(REACHABLE_FOR_ROOT, account)
            _make(layout.folder.parent, account)
    except OSError as error:
        raise cannot_use(layout.home, error) from error
    if not account.can_enter(layout.folder.parent):
        raise EmbeddedServerError(
            f"the server's account {account.name} cannot enter {layout.folder.parent}",
            "Let others pass through the folders above it (chmod o+x), or set ALPHANEST_HOME to another folder.",
        )
    make_private(layout.folder, account)
    make_private(layout.socket_folder, account)


def make_private(path: Path, account: Account) -> None:
    """Make a folder that only the account (and root) may enter.

    Raises EmbeddedServerError where something else is there under that name, such as another user's folder.
    """
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        info = path.lstat()
        if not stat.S_ISDIR(info.st_mode) or info.st_uid not in (os.geteuid(), account.uid):
            raise EmbeddedServerError(
                f"{path} belongs to somebody else", "Move it away, or set ALPHANEST_HOME to a folder of yours."
            )
        path.chmod(0o700)
        account.own(path)
    except OSError as error:
        raise cannot_use(path, error) from error


def remove_short_folder(layout: Layout) -> None:
    """Leave nothing outside of the home while the server does not run."""
    if layout.socket_folder.parent != layout.folder:
        with contextlib.suppress(OSError):
            layout.socket_folder.rmdir()


def _make(folder: Path, account: Account) -> None:
    """Make a folder and those above it; one of ours lets the account pass through it, and nobody else."""
    for path in reversed((folder, *folder.parents)):
        if not path.exists():
            path.mkdir(exist_ok=True)
            path.chmod(0o700 if path == folder else 0o755)  # whatever the umask says
        elif not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    if account.can_enter(folder.parent) and not account.can_enter(folder) and _is_ours(folder):
        os.chown(folder, -1, account.gid)
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXGRP)


def _will_be_enterable(home: Path, account: Account) -> bool:
    existing = next(path for path in (home, *home.parents) if path.exists())
    if existing != home or _is_ours(home):
        return account.can_enter(existing if existing != home else home.parent)
    return account.can_enter(home)


def _is_ours(folder: Path) -> bool:
    """True where the folder is the caller's, nothing but ours is in it, and it is nobody's home."""
    if folder.stat().st_uid != os.geteuid() or folder == Path(pwd.getpwuid(os.geteuid()).pw_dir):
        return False
    return all(path.name in _OUR_NAMES or path.name.startswith(".server.password-") for path in folder.iterdir())
