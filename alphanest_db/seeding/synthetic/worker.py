"""A process that makes every n-th block of each table, and writes it to a pipe while it makes the next one."""

import struct
import threading
from collections.abc import Collection, Iterator, Sequence
from queue import Queue
from typing import BinaryIO

from alphanest_db.seeding.synthetic.blocks import Blocks, Piece
from alphanest_db.seeding.synthetic.layout import Block, blocks_of, stretches
from alphanest_db.seeding.synthetic.parameters import Parameters
from alphanest_db.seeding.synthetic.protocol import END_OF_BLOCK, HEADER
from alphanest_db.seeding.synthetic.world import World

_AHEAD, _LEAST_AHEAD = 24, 2  # pieces that wait for a pipe, in all workers together and in each at least


def write_blocks(
    world: World, tables: Sequence[str], binary: Collection[str], number: int, workers: int, out: BinaryIO
) -> None:
    """Write the blocks that are this worker's, each as pieces with a header and an end; those of `binary` tables in that form."""
    waiting: Queue[bytes | None] = Queue(max(_LEAST_AHEAD, _AHEAD // workers))
    gone = threading.Event()
    writer = threading.Thread(target=_write, args=(waiting, out, gone), daemon=True)
    writer.start()
    for frame in _frames(Blocks(world, binary), _own_blocks(world.parameters, tables, number, workers)):
        if gone.is_set():
            return
        waiting.put(frame)
    waiting.put(None)
    writer.join()


def _own_blocks(parameters: Parameters, tables: Sequence[str], number: int, workers: int) -> Iterator[Block]:
    for stretch in stretches(parameters, tables):
        for block in blocks_of(parameters, stretch):
            if block.worker(workers) == number:
                yield block


def _frames(rows: Blocks, blocks: Iterator[Block]) -> Iterator[bytes]:
    for block in blocks:
        for piece in rows.pieces_of(block):
            yield from _frame(piece)
        yield END_OF_BLOCK


def _frame(piece: Piece) -> Iterator[bytes]:
    yield struct.pack(HEADER, piece.rows, len(piece.data))
    yield piece.data


def _write(waiting: "Queue[bytes | None]", out: BinaryIO, gone: threading.Event) -> None:
    try:
        while (frame := waiting.get()) is not None:
            out.write(frame)
        out.flush()
    except OSError:  # whoever read is gone, and so do we
        gone.set()
        while waiting.get() is not None:
            pass
