"""What the last words of PostgreSQL's programs, and of the operating system, mean to the person at the terminal."""

import errno
import shutil
from pathlib import Path

from alphanest_db.database.embedded.layout import Layout
from alphanest_db.errors import EmbeddedServerError

# The last one is the hint of PostgreSQL for a write that came to less than it should.
_FULL = ("No space left on device", "Disk quota exceeded", "Check free disk space")
_TELLING = ("FATAL", "PANIC", "ERROR", "error:", *_FULL)
_MARKS = ("FATAL:", "PANIC:", "ERROR:", "error:")
# Less than a segment of the write-ahead log, without which PostgreSQL does not start.
_LEAST_FREE_BYTES = 1024 * 1024


def failed(what: str, said: str, layout: Layout) -> EmbeddedServerError:
    """What a program's last words mean."""
    if any(words in said for words in _FULL) or _is_full(layout.folder):
        return disk_full(what, layout.folder)
    return EmbeddedServerError(f"{what}: {_reason(said)}", f"Look into the server's log {layout.log}.", layout.log)


def disk_full(what: str, folder: Path) -> EmbeddedServerError:
    """There is no room for what we wanted to do."""
    return EmbeddedServerError(
        f"{what}: no space is left on the disk of {folder}",
        "Free some space and try again; nothing that was there is lost.",
    )


def cannot_use(path: Path, error: OSError) -> EmbeddedServerError:
    """What it means that a file or folder of ours could not be made or read."""
    where = Path(error.filename) if isinstance(error.filename, str) else path
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or any(words in str(error) for words in _FULL):
        return disk_full("the server's files could not be written", where)
    in_the_way = error.errno in (errno.EEXIST, errno.ENOTDIR)
    why = "a file is in the way" if in_the_way else _uncapitalised(error.strerror or str(error))
    return EmbeddedServerError(f"cannot use {where}: {why}", "Set ALPHANEST_HOME to a folder of yours.")


def _reason(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if any(word in line for word in _TELLING)]
    reason = (telling or lines or ["it gave no reason"])[-1]
    for mark in _MARKS:
        reason = reason.rpartition(mark)[2].strip()
    return _uncapitalised(reason)


def _uncapitalised(text: str) -> str:
    text = text.rstrip(".")
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _is_full(folder: Path) -> bool:
    """On a full disk the log cannot hold the reason."""
    try:
        return shutil.disk_usage(folder).free < _LEAST_FREE_BYTES
    except OSError:
        return False
