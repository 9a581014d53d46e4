"""What a test session leaves on the machine, however it ends: nothing.

All its files are in one folder, and a process of its own waits for its end, be that Ctrl-C, a time limit or a kill. Then it ends
the servers and programs that work in the folder, and removes it.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

_MEMORY = Path("/dev/shm")
_LEAST_FREE_BYTES = 4 * 1024**3
_FOLDER = "TESTS_FOLDER"
_ELSEWHERE = "elsewhere"
_OVER = b"over"
_LOOKS_SECONDS = (0.2, 0.5, 1)
_LAST_WORDS_SECONDS = 5


class Watcher:
    """The folder of this test session, and the process that clears up behind it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="at-", dir=_place()))
        self.folder.chmod(0o755)  # the servers' account passes through it
        # A session of its own: a Ctrl-C or a `timeout` that ends the tests does not reach it.
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(self.folder)], stdin=subprocess.PIPE, start_new_session=True
        )
        os.environ[_FOLDER] = os.environ["TMPDIR"] = tempfile.tempdir = str(self.folder)

    def end(self) -> None:
        """The session is over; returns when nothing is left."""
        self._process.communicate(_OVER)


def watch_elsewhere(*folders: Path) -> None:
    """What works in these folders outside of the session's is ended with it as well, and they are removed."""
    if session_folder := os.environ.get(_FOLDER):
        with (Path(session_folder) / _ELSEWHERE).open("a") as file:
            file.writelines(f"{folder}\n" for folder in folders)


def _place() -> str | None:
    """Memory, where there is room: what the tests write to a disk takes a quarter of their time. TMPDIR wins."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK) or os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:
        return None
    free = min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available)
    return str(_MEMORY) if free > _LEAST_FREE_BYTES else None


def _clear(folder: Path, *, looks_seconds: Sequence[float]) -> None:
    folders = [str(folder)]
    with contextlib.suppress(OSError):
        folders += (folder / _ELSEWHERE).read_text().splitlines()
    _end_all(folders)
    for seconds in looks_seconds:  # test processes that are about to end may still start something
        time.sleep(seconds)
        _end_all(folders)
    for path in folders:
        shutil.rmtree(path, ignore_errors=True)


def _end_all(folders: list[str]) -> None:
    found = [process for process in psutil.process_iter() if _works_in(process, folders)]
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGQUIT if process.name() == "postgres" else signal.SIGKILL)
    for process in psutil.wait_procs(found, timeout=_LAST_WORDS_SECONDS)[1]:
        with contextlib.suppress(psutil.Error):
            process.kill()


def _works_in(process: psutil.Process, folders: list[str]) -> bool:
    if process.pid == os.getpid():
        return False
    words = []
    with contextlib.suppress(psutil.Error):
        words += process.cmdline()
    with contextlib.suppress(psutil.Error):  # which even root may not ask in a container
        words.append(process.cwd())
    return any(folder in word for word in words for folder in folders)


if __name__ == "__main__":
    is_over = sys.stdin.buffer.read() == _OVER
    _clear(Path(sys.argv[1]), looks_seconds=() if is_over else _LOOKS_SECONDS)
