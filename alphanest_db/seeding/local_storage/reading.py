"""The records of a browser's export, one by one, each with its path and place."""

import codecs
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO

from alphanest_db.errors import AlphanestError
from alphanest_db.seeding.local_storage.window import BrokenText, Window
from alphanest_db.seeding.texts import unsendable_problem

_PIECE_BYTES = 1 << 18
_NULL = "null"


class Kind(StrEnum):
    """What a record is."""

    user = "user"
    booth = "booth"
    item = "item"


LISTS = {
    "crypto_arbitrage_users": Kind.user,
    "alphanest_market_booths": Kind.booth,
    "alphanest_nft_items": Kind.item,
}


@dataclass(frozen=True)
class Record:
    """A record as it stands in the file; `flaw` is what no record may hold."""

    kind: Kind
    path: str
    place: str
    value: Any  # Any: whatever JSON can hold
    text: str
    flaw: str | None


class UnreadableExport(AlphanestError):
    """A file could not be read to its end; nothing of it is in the database."""


class BrokenExport(UnreadableExport):
    """A file is no export; `path` and `place` say where that shows."""

    def __init__(self, file: str, path: str, place: str, said: str) -> None:
        super().__init__(
            f"{file} cannot be read at {path}, {place}: {said}",
            "Nothing of it was imported; export it again, or mend it.",
        )
        self.file = file
        self.path = path
        self.place = place
        self.said = said


class ExportReader:
    """Reads one export; those of its keys that are not ours come to `other_keys`."""

    def __init__(self, file: str, source: BinaryIO, progress: Callable[[int], None], other_keys: list[str]) -> None:
        self._file = file
        self._window = Window(_decoded(source, progress))
        self._path = "$"
        self._other_keys = other_keys

    def __iter__(self) -> Iterator[Record]:
        """All records; raises BrokenExport where the file ends too soon or is no JSON."""
        try:
            yield from self._export()
        except BrokenText as error:
            raise BrokenExport(self._file, self._path, error.place, error.said) from error
        except UnicodeDecodeError as error:
            byte = f"the byte 0x{error.object[error.start]:02x}" if error.start < len(error.object) else "the end"
            said = f"{byte} is not {error.encoding.upper()}"
            raise BrokenExport(self._file, self._path, f"after {self._window.place()}", said) from error

    def _export(self) -> Iterator[Record]:
        seen: set[str] = set()
        for key in self._keys():
            if key in seen or key == "__proto__":
                raise self._window.broken("the key is there twice" if key in seen else "no browser stores this key")
            if key in LISTS:
                seen.add(key)
                yield from self._list(key)
            else:
                self._other_keys.append(key)
                self._skip()
        self._path = "$"
        if self._window.peek():
            raise self._window.broken("something follows after the export")

    def _keys(self) -> Iterator[str]:
        """Each key of the object; what it stands for is to be read before the next one is asked for."""
        window = self._window
        window.take("{")
        end = window.peek()
        if end == "}":
            window.take("}")
            return
        while True:
            if window.peek() != '"':
                raise window.broken("a key in quotes is expected")
            key = str(window.value().value)
            self._path = _under("$", key)
            window.take(":")
            yield key
            if window.take(",}") == "}":
                return

    def _list(self, key: str) -> Iterator[Record]:
        if self._window.peek() != '"':
            yield from self._records(self._window, key)
            return
        self._window.take('"')
        pieces = self._window.string_pieces()
        inner = Window(lambda: next(pieces, ""), within=f" of the text under {key}")
        if inner.is_empty():  # for the front end, as good as a key that is not there
            return
        yield from self._records(inner, key)
        if inner.peek():
            raise inner.broken("something follows after the list")

    def _records(self, window: Window, key: str) -> Iterator[Record]:
        for number in self._elements(window, "$." + key):
            place = window.place()
            parsed = window.value()
            flaw = parsed.flaw or unsendable_problem(parsed.value, parsed.text)
            yield Record(LISTS[key], f"$.{key}[{number}]", place, parsed.value, parsed.text, flaw)

    def _elements(self, window: Window, path: str) -> Iterator[int]:
        """The number of each element of a list, which is to be read before the next one is asked for."""
        if window.peek() == "n" and window.value().text == _NULL:
            return
        if window.peek() != "[":
            raise window.broken("a list is expected")
        window.take("[")
        if window.peek() == "]":
            window.take("]")
            return
        number = 0
        while True:
            self._path = f"{path}[{number}]"
            window.peek()
            yield number
            number += 1
            if window.take(",]") == "]":
                return

    def _skip(self) -> None:
        """Read over a value, however long it is."""
        match self._window.peek():
            case '"':
                self._window.take('"')
                for _piece in self._window.string_pieces():
                    pass
            case "[":
                for _number in self._elements(self._window, self._path):
                    self._window.value()
            case _:
                self._window.value()


def _decoded(source: BinaryIO, progress: Callable[[int], None]) -> Callable[[], str]:
    """Gives the text in pieces; UTF-8 and UTF-16, with a byte order mark or without."""
    decoder: codecs.IncrementalDecoder | None = None
    read_bytes = 0

    def read() -> str:
        nonlocal decoder, read_bytes
        while True:
            data = source.read(_PIECE_BYTES)
            if decoder is None:
                decoder = codecs.getincrementaldecoder(json.detect_encoding(data))()
            read_bytes += len(data)
            progress(read_bytes)
            text = decoder.decode(data, final=not data)
            if text or not data:
                return text

    return read


def _under(path: str, key: str) -> str:
    return f"{path}.{key}" if key.isidentifier() and len(key) <= 60 else f"{path}[{json.dumps(key[:60])}]"
