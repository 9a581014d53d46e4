"""Ctrl-C while nothing is under way: at the start, when modules are loaded, and at the end.

This module loads next to nothing, so that it is there before a user can have changed their mind.
"""

import os
import signal
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_INTERRUPTED = 130  # ExitCode.interrupted, whose module takes longer to load


def leave_on_interrupt() -> None:
    """From now on, signals that would raise KeyboardInterrupt end the process without a word."""
    _exchange(signal.default_int_handler, _leave)


def raise_on_interrupt() -> None:
    """From now on, they raise KeyboardInterrupt again."""
    _exchange(_leave, signal.default_int_handler)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(_INTERRUPTED)


def _exchange(before: object, after: "signal._HANDLER") -> None:
    """What is ignored (nohup), or has its default, stays so."""
    for number in _SIGNALS:
        if signal.getsignal(number) is before:
            signal.signal(number, after)
