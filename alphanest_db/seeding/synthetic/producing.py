"""Processes that make rows, and their rows in order, as one process alone would make them."""

import contextlib
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import alphanest_db
from alphanest_db.errors import ProgramFailed
from alphanest_db.programs.child import Child, started
from alphanest_db.seeding.synthetic.layout import Stretch, blocks_of, stretches
from alphanest_db.seeding.synthetic.parameters import Request
from alphanest_db.seeding.synthetic.protocol import BINARY_END, BINARY_START, END_OF_BLOCK, HEADER, HEADER_BYTES

OnRows = Callable[[str, int], None]  # told how many rows of a table have been read, once more

# NumPy would start a thread for each core, which has nothing to do here and takes memory.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_SOURCES = str(Path(alphanest_db.__file__).parent.parent)


# One process makes rows about as fast as a connection takes them; two keep it busy on any machine.
_USUAL_JOBS = 2


def usual_jobs(*, beside_server: bool) -> int:
    """How many processes make rows fastest here; beside a server at work, which has a core to itself where there are two."""
    cores = os.cpu_count() or 1
    return max(1, min(_USUAL_JOBS, cores - 1 if beside_server else cores))


@dataclass(frozen=True)
class Producer:
    """How processes that make rows are started, by a module that reads its order from stdin, and how many at once."""

    module: str
    environ: Mapping[str, str]
    jobs: int


class Rows:
    """Some rows of a table as a file for COPY, text or binary, that is read from its beginning to its end."""

    def __init__(self, table: str, makers: Iterator[Child], on_rows: OnRows, *, is_binary: bool) -> None:
        """`makers` are the processes that make its blocks, one after the other."""
        self.table, self.is_binary = table, is_binary
        self._makers, self._on_rows = makers, on_rows
        self._worker: Child | None = None
        self._rows = self._left = 0
        self._before, self._after = (BINARY_START, BINARY_END) if is_binary else (b"", b"")

    def read(self, size: int = 1 << 18) -> bytes:
        """The next bytes, none at the end. Raises ProgramFailed where a process ended before its time."""
        if before := self._before:
            self._before = b""
            return before
        if not self._left and not self._begin_piece():
            after, self._after = self._after, b""
            return after
        assert self._worker is not None
        chunk = _read(self._worker, min(size, self._left))
        self._left -= len(chunk)
        if not self._left:
            self._on_rows(self.table, self._rows)
        return chunk

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def _begin_piece(self) -> bool:
        while worker := self._worker or next(self._makers, None):
            header = _read_whole(worker, HEADER_BYTES)
            if header != END_OF_BLOCK:
                self._worker = worker
                self._rows, self._left = struct.unpack(HEADER, header)
                return True
            self._worker = None
        return False


class Production:
    """Processes at work on the rows of some tables, `binary` ones in that form."""

    def __init__(
        self, request: Request, tables: Sequence[str], binary: Collection[str], workers: Sequence[Child]
    ) -> None:
        self._parameters, self._tables, self._binary, self._workers = request.parameters, tables, binary, workers

    def rows(self, on_rows: OnRows = lambda _table, _rows: None) -> Iterator[Rows]:
        """All rows, parents before children, each part to be read to its end before the next one; to be asked for once."""
        for stretch in stretches(self._parameters, self._tables):
            yield Rows(stretch.table, self._makers(stretch), on_rows, is_binary=stretch.table in self._binary)

    def _makers(self, stretch: Stretch) -> Iterator[Child]:
        for block in blocks_of(self._parameters, stretch):
            yield self._workers[block.worker(len(self._workers))]


class Workers:
    """Processes that wait for what they are to make."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = children

    def make(self, request: Request, tables: Sequence[str], binary: Collection[str] = ()) -> Production:
        """Set them to work on the rows of these tables, those of `binary` in the binary form; can be done once."""
        order = {
            "request": request.to_json(),
            "tables": list(tables),
            "binary": list(binary),
            "workers": len(self._children),
        }
        for number, child in enumerate(self._children):
            with contextlib.suppress(BrokenPipeError):  # whoever reads from it will hear why
                child.stdin.write(json.dumps(order | {"number": number}).encode())
                child.stdin.close()
        return Production(request, tables, binary, self._children)


@contextlib.contextmanager
def started_workers(producer: Producer) -> Iterator[Workers]:
    """Processes that load NumPy while whoever started them does something else; they end on leaving."""
    with contextlib.ExitStack() as stack:
        yield Workers([stack.enter_context(_started(producer)) for _ in range(producer.jobs)])


def _started(producer: Producer) -> contextlib.AbstractContextManager[Child]:
    # Without the working folder among the places to import from: it is the user's, and may hold anything.
    command = [sys.executable, "-P", "-m", producer.module]
    places = filter(None, (_SOURCES, producer.environ.get("PYTHONPATH")))
    environ = {**producer.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(places)}
    return started(command, environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _read_whole(worker: Child, size: int) -> bytes:
    read = b""
    while len(read) < size:
        read += _read(worker, size - len(read))
    return read


def _read(worker: Child, size: int) -> bytes:
    if chunk := worker.stdout.read(size):
        return chunk
    code = worker.wait()
    said = worker.stderr.strip().splitlines()
    raise ProgramFailed(
        f"a process that makes rows ended with code {code}: {said[-1] if said else 'it said nothing'}",
        code,
        "Nothing was put in.",
    )
