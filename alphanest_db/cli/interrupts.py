"""Ctrl-C, and a polite kill, while libpq is waiting.

Python runs its signal handlers between two instructions of its own, and a connection attempt or a long statement is a single
one. A thread hears of the signal at once, asks the server to cancel, and ends the process where even that does not help.
"""

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator

from alphanest_db.cli.exit_codes import ExitCode

GRACE_SECONDS = 1.0
_TERMINATING = (signal.SIGTERM, signal.SIGHUP)


def watch_interrupts() -> None:
    """Make Ctrl-C end this process within about a second, whatever it is waiting for, and SIGTERM do the same.

    Without a handler SIGTERM, and the end of the terminal, would leave half a file or a scratch database behind. A signal that
    is ignored (nohup) stays ignored.
    """
    for number in _TERMINATING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    heard, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(heard, told), name="interrupts", daemon=True).start()


@contextlib.contextmanager
def held_interrupts() -> Iterator[Callable[[], None]]:
    """Signals raise KeyboardInterrupt where the function is called that this gives, and where an error leaves the block.

    For COPY: what a signal raises while psycopg2 asks us for rows, or reads what the server says, is printed and lost. The server
    is asked at once all the same to cancel.
    """
    heard: list[int] = []
    numbers = [n for n in (signal.SIGINT, *_TERMINATING) if signal.getsignal(n) is signal.default_int_handler]
    for number in numbers:
        signal.signal(number, lambda number, _frame: heard.append(number))

    def check() -> None:
        if heard:
            raise KeyboardInterrupt

    try:
        yield check
    except Exception as error:
        if heard:
            raise KeyboardInterrupt from error
        raise
    finally:
        for number in numbers:
            signal.signal(number, signal.default_int_handler)


def _watch(heard: socket.socket, _told: socket.socket) -> None:
    while number := heard.recv(1):
        if number[0] not in (signal.SIGINT, *_TERMINATING):
            continue
        asking = threading.Thread(target=_cancel_statements, name="cancelling", daemon=True)
        asking.start()
        asking.join(GRACE_SECONDS)  # a server that the network does not reach any more will never have heard
        end = threading.Timer(GRACE_SECONDS, os._exit, args=(ExitCode.interrupted,))
        end.daemon = True  # whoever is done sooner does not wait for it
        end.start()


def _cancel_statements() -> None:
    connect = sys.modules.get("alphanest_db.database.connect")
    if connect is not None:
        connect.cancel_all()
