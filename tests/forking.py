"""The program in a process of its own that has loaded everything already: a fork of one that waits, 0.3 s quicker than a start.

What a test sees is the same: other standard streams, environment, folder and arguments, a real exit code, real signals. Whoever
wants to see the start itself starts a Python.
"""

import atexit
import contextlib
import functools
import gc
import importlib
import io
import json
import os
import pkgutil
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_STREAMS = 3
# What Python reads once, when it starts.
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_")
_KEPT = ("HOME", "PATH")


def run(
    arguments: Sequence[str], environ: Mapping[str, str], folder: Path, streams: Sequence[IO[bytes]], *,
    base: Mapping[str, str], timeout_seconds: int,
) -> int:  # fmt: skip
    """Run the program with the three streams; its exit code, negative for a signal. `base` is what most calls start from."""
    if any(environ.get(key) != base.get(key) for key in {*environ, *base} if key.startswith(_READ_AT_START)):
        command = [sys.executable, "-m", "alphanest_db", *arguments]
        given, out, err = streams
        return subprocess.run(
            command, env=dict(environ), cwd=folder, stdin=given, stdout=out, stderr=err, timeout=timeout_seconds, check=False
        ).returncode  # fmt: skip
    return _run_forked(arguments, environ, folder, streams, base, timeout_seconds)


def _run_forked(
    arguments: Sequence[str], environ: Mapping[str, str], folder: Path, streams: Sequence[IO[bytes]],
    base: Mapping[str, str], timeout_seconds: int,
) -> int:  # fmt: skip
    request = {"arguments": arguments, "environ": dict(environ), "folder": str(folder), "seconds": timeout_seconds}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(
            _waiting(
                tuple(
                    (key, value)
                    for key, value in sorted(base.items())
                    if key in _KEPT or key.startswith(_READ_AT_START)
                )
            )
        )
        socket.send_fds(connection, [b"streams"], [stream.fileno() for stream in streams])
        connection.sendall(json.dumps(request).encode())
        connection.shutdown(socket.SHUT_WR)
        return os.waitstatus_to_exitcode(int(connection.recv(16)))


@functools.cache
def _waiting(base: tuple[tuple[str, str], ...]) -> str:
    """The socket of the process that waits; it ends with this one."""
    folder = Path(tempfile.mkdtemp(prefix="anest-fork-"))
    path = folder / "socket"
    command = [sys.executable, "-m", "tests.forking", str(path)]
    process = subprocess.Popen(command, env=dict(base), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    atexit.register(_end, process, folder)
    while not path.exists():
        assert process.poll() is None, "the process that waits has ended"
        time.sleep(0.02)
    return str(path)


def _end(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    process.kill()
    process.communicate()
    shutil.rmtree(folder, ignore_errors=True)


def _preload() -> None:
    import alphanest_db
    from alphanest_db.cli.boundary import run as run_here

    for module in pkgutil.walk_packages(alphanest_db.__path__, "alphanest_db."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for command in (["db", "heads"], ["db", "sql"]):  # and what they load when they are called
        with contextlib.redirect_stdout(io.StringIO()):
            run_here(command)
    gc.freeze()


def _wait(path: str) -> None:
    """Fork for each request; returns in the child that is to become the program."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path + ".new")
    listening.listen(64)
    Path(path + ".new").rename(path)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks for the watchers' exit codes
    while listening in select.select([listening, sys.stdin], [], [])[0]:  # the end of stdin is the end of the tests
        connection, _address = listening.accept()
        if os.fork() == 0:
            listening.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return _become(connection)
        connection.close()
    shutil.rmtree(Path(path).parent, ignore_errors=True)
    os._exit(0)


def _become(connection: socket.socket) -> None:
    _said, descriptors, _flags, _address = socket.recv_fds(connection, len(b"streams"), _STREAMS)
    with connection.makefile("rb") as file:
        request = json.load(file)
    child = os.fork()
    if child:
        connection.send(str(os.waitpid(child, 0)[1]).encode())
        os._exit(0)
    connection.close()
    for place, descriptor in enumerate(descriptors):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["folder"])
    time.tzset()
    random.seed()
    signal.alarm(request["seconds"])
    sys.argv = ["alphanest", *request["arguments"]]


def _end_as(code: object) -> None:
    """End as Python would, but for taking every loaded module to pieces, which takes longer than most commands."""
    threading._shutdown()  # type: ignore[attr-defined]  # waits for the threads, and has no public name
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    _preload()
    _wait(sys.argv[1])
    from alphanest_db.cli.boundary import main

    try:
        main()
    except SystemExit as error:
        _end_as(error.code)
