"""Processes that make the rows, and their rows in order, as one process alone would make them."""

import contextlib
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import alphanest_db
from alphanest_db.errors import ProgramFailed
from alphanest_db.programs.child import Child, started
from alphanest_db.seeding.synthetic.layout import blocks_of
from alphanest_db.seeding.synthetic.parameters import Parameters, Request
from alphanest_db.seeding.synthetic.protocol import END_OF_BLOCK, HEADER, HEADER_BYTES

OnRows = Callable[[int], None]  # told how many rows more have been read

# NumPy would start a thread for each core, which has nothing to do here and takes memory.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_SOURCES = str(Path(alphanest_db.__file__).parent.parent)


@dataclass(frozen=True)
class Producer:
    """How processes that make rows are started, by a module that reads its order from stdin, and how many at once."""

    module: str
    environ: Mapping[str, str]
    jobs: int


class Rows:
    """Some rows as a file of COPY text that is read from its beginning to its end."""

    def __init__(self, workers: Iterator[Child], blocks: int, on_rows: OnRows) -> None:
        self._workers, self._blocks, self._on_rows = workers, blocks, on_rows
        self._worker: Child | None = None
        self._rows = self._left = 0

    def read(self, size: int = 1 << 18) -> bytes:
        """The next bytes, none at the end. Raises ProgramFailed where a process ended before its time."""
        if not self._left and not self._begin_piece():
            return b""
        assert self._worker is not None
        chunk = _read(self._worker, min(size, self._left))
        self._left -= len(chunk)
        if not self._left:
            self._on_rows(self._rows)
        return chunk

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def _begin_piece(self) -> bool:
        while self._blocks or self._worker:
            if self._worker is None:
                self._worker, self._blocks = next(self._workers), self._blocks - 1
            header = _read_whole(self._worker, HEADER_BYTES)
            if header != END_OF_BLOCK:
                self._rows, self._left = struct.unpack(HEADER, header)
                return True
            self._worker = None
        return False


class Production:
    """Processes at work on the rows of some tables, which are to be read in that order."""

    def __init__(self, parameters: Parameters, workers: Sequence[Child]) -> None:
        self._parameters = parameters
        self._workers = cycle(workers)

    def rows_of(self, table: str, on_rows: OnRows = lambda _rows: None) -> Rows:
        """The rows of the next table."""
        return Rows(self._workers, sum(1 for _ in blocks_of(self._parameters, table)), on_rows)


@contextlib.contextmanager
def producing(request: Request, tables: Sequence[str], producer: Producer) -> Iterator[Production]:
    """Processes that make the rows of these tables; they end on leaving."""
    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(_started(producer)) for _ in range(producer.jobs)]
        for number, worker in enumerate(workers):
            order = {"request": request.to_json(), "tables": list(tables), "number": number, "workers": producer.jobs}
            with contextlib.suppress(BrokenPipeError):  # whoever reads from it will hear why
                worker.stdin.write(json.dumps(order).encode())
                worker.stdin.close()
        yield Production(request.parameters, workers)


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
