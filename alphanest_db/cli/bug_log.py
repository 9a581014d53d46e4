"""What a bug of ours leaves behind: a file with the traceback, without secrets, for who reports it."""

import contextlib
import os
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

import alphanest_db
from alphanest_db.errors import AlphanestError
from alphanest_db.redact import hide_secrets
from alphanest_db.settings import load_settings


def write_bug_log(error: Exception, password: str | None) -> Path | None:
    """A file in ALPHANEST_HOME/logs, else in the system's folder for temporary files; None where neither takes it."""
    now = datetime.now(UTC)
    text = (
        f"alphanest {alphanest_db.__version__}, Python {sys.version.split()[0]}, {now.isoformat(timespec='seconds')}\n"
        + "".join(traceback.format_exception(error))
    )
    for folder in (_home() / "logs", Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, path = tempfile.mkstemp(prefix=f"bug-{now:%Y%m%d-%H%M%S}-", suffix=".log", dir=folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(hide_secrets(text, password))
            return Path(path)
    return None


def _home() -> Path:
    try:
        return load_settings(os.environ, Path.cwd()).home
    except AlphanestError:
        return Path(tempfile.gettempdir())
