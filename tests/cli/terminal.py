"""A terminal to call the program on, and servers that do not behave."""

import contextlib
import fcntl
import os
import pty
import re
import select
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from alphanest_db.database.target import Target
from tests.conftest import Cli
from tests.servers import fetch


@dataclass(frozen=True)
class Screen:
    """What a call on a terminal came to; `text` as it was sent, escape sequences included."""

    code: int
    text: str

    @property
    def plain(self) -> str:
        """Without colours and with plain line ends."""
        return re.sub(r"\x1b\[[0-9;]*[mK]", "", self.text).replace("\r\n", "\n")


def on_terminal(
    cli: Cli, *arguments: str, typed: str | Sequence[str] = "", columns: int = 100, **environ: str
) -> Screen:
    """Call the program on a terminal of that width; `typed` is answered to its first question or prompt, several in turn."""
    answers = [typed] if isinstance(typed, str) else list(typed)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    command = [sys.executable, "-m", "alphanest_db", *arguments]
    environment = cli.environ | {"TERM": "xterm"} | environ
    with subprocess.Popen(
        command, env=environment, cwd=cli.folder, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        text = b""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (chunk := _read(ours)) is not None:
            text += chunk
            if chunk and any(answers) and text.endswith((b"] ", b": ", b"=# ")):
                os.write(ours, answers.pop(0).encode(errors="surrogateescape") + b"\n")
        code = process.wait(timeout=60)
    os.close(ours)
    return Screen(code, text.decode())


def _read(terminal: int) -> bytes | None:
    """What there is to read by now; None at the end."""
    ready, _, _ = select.select([terminal], [], [], 0.1)
    try:
        return (os.read(terminal, 65536) or None) if ready else b""
    except OSError:  # Linux says EIO at the end of a terminal
        return None


@contextlib.contextmanager
def mute_server() -> Iterator[Target]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Target("127.0.0.1", listening.getsockname()[1], "anna", "nest", "hunter2-secret")


@contextlib.contextmanager
def talking_server(said: bytes) -> Iterator[Target]:
    """A server that answers whatever it is asked with the same words."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _address = listening.accept()
                    with connection:
                        connection.recv(1024)
                        connection.sendall(said)

        threading.Thread(target=answer, daemon=True).start()
        yield Target("127.0.0.1", listening.getsockname()[1], "anna", "nest", "hunter2-secret")


def wait_for_statement(server: Target, text: str) -> None:
    """Return when a statement that holds the text runs on the server."""
    deadline = time.monotonic() + 30
    while not running_statements(server, text):
        assert time.monotonic() < deadline, f"nothing runs {text}"
        time.sleep(0.05)


def running_statements(server: Target, text: str) -> list[tuple[object, ...]]:
    """The statements in progress that hold the text."""
    query = (
        "SELECT datname, query FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"
        f" AND strpos(query, '{text}') > 0"
    )
    return fetch(server, query)


@contextlib.contextmanager
def german_server(server: Target) -> Iterator[Target]:
    """The server, behind a go-between that gives its errors in German, as lc_messages would."""
    with _go_between(server, bytes, _in_german) as target:
        yield target


@contextlib.contextmanager
def stalling_server(server: Target) -> Iterator[tuple[Target, threading.Event]]:
    """The server, behind a network that brings nothing more once the event is set, to nobody."""
    stalled = threading.Event()

    def hold(said: bytes) -> bytes:
        while stalled.is_set():
            time.sleep(0.01)
        return said

    with _go_between(server, hold, hold) as target:
        try:
            yield target, stalled
        finally:
            stalled.clear()


@contextlib.contextmanager
def _go_between(
    server: Target, to_server: Callable[[bytes], bytes], from_server: Callable[[bytes], bytes]
) -> Iterator[Target]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_take, args=(listening, server, to_server, from_server), daemon=True).start()
        yield replace(server, port=listening.getsockname()[1])


def _take(
    listening: socket.socket, server: Target, to_server: Callable[[bytes], bytes], from_server: Callable[[bytes], bytes]
) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _address = listening.accept()
            upstream = socket.create_connection((server.host, server.port))
            threading.Thread(target=_hand_on, args=(client, upstream, to_server), daemon=True).start()
            threading.Thread(target=_hand_on, args=(upstream, client, from_server), daemon=True).start()


def _hand_on(source: socket.socket, sink: socket.socket, translate: Callable[[bytes], bytes]) -> None:
    with contextlib.suppress(OSError), source, sink:
        while said := source.recv(65536):
            sink.sendall(translate(said))


def _in_german(said: bytes) -> bytes:
    """An error before a session stands is the last that a server says: https://www.postgresql.org/docs/current/protocol-flow.html."""
    refused = re.search(rb"E....SFATAL\0VFATAL\0C(.....)\0", said, re.DOTALL)
    if refused is None:
        return said
    fields = b"SFATAL\0VFATAL\0C" + refused[1] + "\0MZugriff für »tester« verweigert\0\0".encode()
    return said[: refused.start()] + b"E" + struct.pack("!I", len(fields) + 4) + fields
