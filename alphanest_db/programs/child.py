"""A program of PostgreSQL at work: it ends when we end, and when it gets no further."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from alphanest_db.errors import ProgramFailed

_ENDING_SECONDS = 5.0
_LOOK_SECONDS = 1.0
# Of a program that complains without end, the first and the last words.
_FIRST_LINES, _LAST_LINES = 500, 500
_LONGEST_LINE = 4000
_PIPE_BYTES = 1 << 20
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of linux/prctl.h
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Child:
    """A running program. `stdin` and `stdout` are there where they were asked for as pipes."""

    def __init__(self, process: "subprocess.Popen[bytes]", name: str, on_line: Callable[[str], None]) -> None:
        self.name = name
        self._on_line = on_line
        self._process = process
        self._first: list[str] = []
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._ended_for = ""
        self._reader = threading.Thread(target=self._collect, name=f"{name} errors", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The number of its process, which is that of its group as well."""
        return self._process.pid

    @property
    def stdin(self) -> IO[bytes]:
        """What it reads."""
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        """What it writes; unbuffered."""
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def stderr(self) -> str:
        """What it has complained of so far; holds row data, so read it by `programs.failures`."""
        return "".join([*self._first, *self._last])

    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def has_helpers_left(self) -> bool:
        """Whether what it started goes on without it, as the workers of a pg_dump do that was killed: they share its complaints."""
        return not self.is_running() and self._reader.is_alive()

    def ended_within(self, seconds: float) -> bool:
        """Wait that long at most for its end; whether it has come."""
        self._reader.join(seconds)  # it complains no more: that is known at once, and Popen.wait() looks every 50 ms
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0 if self._reader.is_alive() else seconds)
        return not self.is_running()

    def wait(self) -> int:
        """Its exit code, once it has ended. Raises ProgramFailed where it was ended because it got no further."""
        code = self._process.wait()
        self._reader.join(_ENDING_SECONDS)
        if self._ended_for:
            raise ProgramFailed(self._ended_for, code, "Is the server hanging, or the network gone? Try again.")
        return code

    def end(self, why: str = "") -> None:
        """End it with all that it started: it is asked first, and killed where that does not help."""
        self._ended_for = self._ended_for or why
        self._signal(signal.SIGTERM)  # pg_dump and pg_restore end their helpers and cancel their statements then
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING_SECONDS)
        self._signal(signal.SIGKILL)
        self._process.wait()

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: a group of zombies
            os.killpg(self._process.pid, number)

    def _collect(self) -> None:
        assert self._process.stderr is not None
        for raw in iter(lambda: self._process.stderr.readline(_LONGEST_LINE), b""):  # type: ignore[union-attr] # asserted above
            kept = self._first if len(self._first) < _FIRST_LINES else self._last
            kept.append(raw.decode("utf-8", "replace"))
            self._on_line(kept[-1])


@contextlib.contextmanager
def started(
    command: Sequence[str | bytes],
    environment: Mapping[str, str],
    *,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.DEVNULL,
    on_line: Callable[[str], None] = lambda _line: None,
) -> Iterator[Child]:
    """The command at work, in a process group of its own, in English, with files that it makes closed to others.

    It is ended on leaving, if it still runs, with all that it started; so is what it left running. On Linux it also ends when we
    are killed; elsewhere it then goes on until it has nobody to write to. Call it in a thread that lives on: Linux takes the end
    of the thread for ours.
    `on_line` is told each line that it complains in, in a thread of its own.
    """
    process = subprocess.Popen(
        command, env={**environment, "LC_ALL": "C"}, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, bufsize=0,
        process_group=0, umask=0o077, preexec_fn=_end_with_parent(os.getpid()),
    )  # fmt: skip
    for pipe in (process.stdin, process.stdout):
        _widen(pipe)
    child = Child(process, Path(os.fsdecode(command[0])).name, on_line)
    try:
        yield child
    finally:
        if child.is_running() or child.has_helpers_left():
            child.end()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


@contextlib.contextmanager
def watchdog(child: Child, progress: Callable[[], object], *, patience_seconds: float) -> Iterator[None]:
    """Ends the child when what `progress` returns has not changed for that long; `Child.wait` says so then.

    `progress` is called about once a second, in a thread of its own.
    """
    over = threading.Event()

    def watch() -> None:
        seen, since = progress(), time.monotonic()
        while not over.wait(min(_LOOK_SECONDS, patience_seconds / 4)):
            now = progress()
            if now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > patience_seconds:
                child.end(f"{child.name} got no further for {patience_seconds:.0f} s and was ended")
                return

    thread = threading.Thread(target=watch, name=f"{child.name} watchdog", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _end_with_parent(parent: int) -> Callable[[], None] | None:
    """What a fresh child runs on Linux before it becomes the program; calls nothing but two functions of the kernel."""
    if _LIBC is None:
        return None
    prctl, getppid, leave, term = _LIBC.prctl, os.getppid, os._exit, int(signal.SIGTERM)

    def ask() -> None:
        prctl(_SET_PARENT_DEATH_SIGNAL, term, 0, 0, 0)
        if getppid() != parent:  # it died meanwhile
            leave(1)

    return ask


def _widen(pipe: IO[bytes] | None) -> None:
    """Room for a megabyte between the two processes: fewer turns of the scheduler."""
    if pipe is not None and sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):  # the limit of a user's pipes is reached
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
