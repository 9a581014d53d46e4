"""A dump from a file, a folder or standard input, as those need it who restore: a stream, or an archive with a path."""

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

from alphanest_db.backup.foreign.inspect import ForeignDump, inspect, plain_facts
from alphanest_db.backup.foreign.kinds import Compression, DumpKind, compression_of, kind_of_file
from alphanest_db.backup.foreign.unpacking import Peeked, Unpacked, unpacked_file
from alphanest_db.backup.plain.source import Readable
from alphanest_db.errors import AlphanestError
from alphanest_db.units import human_bytes

_SPOOL = "spool"
_GATE = ".lock"
_COPIED_BYTES = 1 << 20
_RESERVE_BYTES = 64 << 20


@dataclass(frozen=True)
class OpenDump:
    """A dump that can be restored: `stream` for a plain one, unpacked as it is read; `archive` for one that pg_restore reads."""

    facts: ForeignDump
    stream: Readable | None = None
    archive: Path | None = None


@contextlib.contextmanager
def open_dump(path: Path | None, home: Path, standard_input: BinaryIO, *, thorough: bool = True) -> Iterator[OpenDump]:
    """The dump at `path`, or the one that comes from standard input where that is None; looked through as `inspect` does.

    An archive from standard input, or one with something around it, is put into a file below `home` for that time: only its
    owner can read it. Raises as `inspect` does, and AlphanestError where there is no room.
    """
    with contextlib.ExitStack() as stack:
        if path is None:
            yield stack.enter_context(_from_stream(standard_input, home, thorough))
        else:
            yield stack.enter_context(_from_path(path, home, thorough))


@contextlib.contextmanager
def _from_path(path: Path, home: Path, thorough: bool) -> Iterator[OpenDump]:
    facts = inspect(path, thorough=thorough)
    if facts.kind is not DumpKind.plain and facts.compression is Compression.none:
        yield OpenDump(facts, archive=path)
        return
    file, stream, _compression = unpacked_file(path)
    with contextlib.closing(file):
        if facts.kind is DumpKind.plain:
            yield OpenDump(facts, stream=stream)
        else:
            with spooled(stream, home) as archive:
                yield OpenDump(facts, archive=archive)


@contextlib.contextmanager
def _from_stream(standard_input: BinaryIO, home: Path, thorough: bool) -> Iterator[OpenDump]:
    packed = Peeked(standard_input)
    compression = compression_of(packed.head)
    stream = Peeked(Unpacked(packed, compression))
    if kind_of_file(stream.head, compression) is DumpKind.plain:
        yield OpenDump(plain_facts(stream.head, compression), stream=stream)
    else:
        with spooled(stream, home) as archive:
            facts = inspect(archive, thorough=thorough)
            yield OpenDump(replace(facts, path=None, compression=compression), archive=archive)


@contextlib.contextmanager
def spooled(stream: Readable, home: Path) -> Iterator[Path]:
    """A file below `home` with what the stream holds, for its owner alone, and only for that time.

    Files that killed processes left are removed. Raises AlphanestError where there is no room.
    """
    folder = home / _SPOOL
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _new_file(folder) as file:
        _copy(stream, file, folder)
        yield Path(file.name)


@contextlib.contextmanager
def _new_file(folder: Path) -> Iterator[BinaryIO]:
    """A file that nobody takes away while we live: whoever looks for what the dead left finds it locked."""
    with (folder / _GATE).open("wb") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        _sweep(folder)
        file = tempfile.NamedTemporaryFile(dir=folder)  # noqa: SIM115 - 0600, and closed below
        fcntl.flock(file, fcntl.LOCK_EX)
    with contextlib.closing(file):
        yield cast("BinaryIO", file)  # typeshed: a wrapper that hands all on


def _copy(stream: Readable, file: BinaryIO, folder: Path) -> None:
    try:
        while block := stream.read(_COPIED_BYTES):
            if shutil.disk_usage(folder).free < _RESERVE_BYTES + len(block):
                raise _no_room(folder)
            file.write(block)
        file.flush()
    except OSError as error:
        raise _no_room(folder) from error


def _no_room(folder: Path) -> AlphanestError:
    free = shutil.disk_usage(folder).free
    return AlphanestError(
        f"there is no room in {folder} to keep the dump for a while: {human_bytes(free)} are free",
        "Free some space, set ALPHANEST_HOME to a larger disk, or name the unpacked file.",
    )


def _sweep(folder: Path) -> None:
    """Remove what nobody holds a lock on any more."""
    for path in folder.iterdir():
        if path.name == _GATE:
            continue
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
