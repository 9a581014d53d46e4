"""Files that other programs read while we hold them; on Linux nothing is left of one whenever we end."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def nameless_file(folder: Path) -> Iterator[tuple[int, Path]]:
    """A file in the folder for a while, as a handle and as a path for other programs.

    On Linux it has no name, so that nothing is left of it whenever we end.
    """
    if sys.platform == "linux":
        with tempfile.TemporaryFile(dir=folder) as file:
            yield file.fileno(), Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")
    else:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".restore-") as named:
            yield named.fileno(), Path(named.name)


def write_all(handle: int, block: bytes) -> None:
    """Write it to the end, however little the file takes at once."""
    view = memoryview(block)
    while view:
        view = view[os.write(handle, view) :]
