"""Keeps rows off the screen that psycopg2 would print."""

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def unprinted() -> Iterator[None]:
    """What psycopg2 prints meanwhile is not seen; what it raises is.

    A session that ends in the middle of COPY gives two errors at once: one is raised, and Python prints the other as of nobody
    (PyErr_Print), with a row in its CONTEXT. For one thread at a time, which may have others at work.
    """
    before = sys.excepthook
    sys.excepthook = lambda *_error: None
    try:
        yield
    finally:
        sys.excepthook = before
