"""The text of a JSON document, a window at a time: any length in flat memory, and everything with its place.

Python's own decoder reads the values, one after the other; where a value goes on beyond the window, more is read and it is tried
again. Unlike parsers that tell events, it knows the place of every error, and takes half a character for what it is.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

# Any in this file: whatever JSON can hold.

LONGEST_VALUE = (
    1 << 24
)  # characters of one record; a longer one is no record of a browser's, which keeps ten million at most
_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = r'[^"\\\x00-\x1f]*+'
_BODY = re.compile(rf'{_PLAIN}(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{{4}}){_PLAIN})*+')
_FIRST_HALF = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}")
_ESCAPE_LENGTH = len(r"\ud83d")
_CUT_OFF = "Unterminated string"
_LONGEST_WHOLE = 18  # digits; beyond them, JavaScript has no whole numbers either
# Keys that steer objects of JavaScript instead of being kept in them, when a careless program copies them.
_STEERING_KEYS = frozenset(("__proto__", "constructor", "prototype"))


class BrokenText(Exception):
    """What stands at `place` is no JSON; `said` in a few words. Whoever knows the file makes an error of ours of it."""

    def __init__(self, said: str, place: str) -> None:
        super().__init__(f"{place}: {said}")
        self.said = said
        self.place = place


@dataclass(frozen=True)
class Parsed:
    """A value, the text that it was made from, and what JSON or JavaScript forbids in it."""

    value: Any
    text: str
    flaw: str | None


class Window:
    """Reads a text from the front; `read` gives the next piece, and an empty one at the end.

    `within` says what the text is a part of, such as ` of the text under the key "a"`.
    """

    def __init__(self, read: Callable[[], str], within: str = "") -> None:
        self._read = read
        self._within = within
        self._text = ""
        self._at = 0
        self._dropped = 0  # characters before the window
        self._counted, self._line, self._line_began = 0, 1, 0
        self._flaws: list[str] = []
        self._decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_float=self._number,
            parse_int=self._whole,
            parse_constant=self._constant,
        )

    def place(self) -> str:
        """Where we are, for people."""
        return self._place(self._at)

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            self._at = self._end_of_space()
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def is_empty(self) -> bool:
        """True where nothing is left, not even a space."""
        return self._at >= len(self._text) and not self._more()

    def take(self, expected: str) -> str:
        """The next character, which must be one of those expected. Raises BrokenText."""
        found = self.peek()
        if not found or found not in expected:
            said = " or ".join(expected)
            raise self.broken(f"{said} is expected, not {found!r}" if found else "it ends in the middle")
        self._at += 1
        return found

    def value(self) -> Parsed:
        """The value that begins here. Raises BrokenText where it is no JSON, nested too deeply, or too long."""
        self.peek()
        while True:
            self._flaws.clear()
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if not (self._may_go_on(error) and self._more()):
                    raise self._not_json(error) from error
            except RecursionError as error:
                raise self.broken("it is nested too deeply") from error
            else:
                if end < len(self._text) or self._text[end - 1] in '"]}' or not self._more():
                    return self._parsed(value, end)

    def string_pieces(self) -> Iterator[str]:
        """What a long string holds, whose opening quote was taken; the closing one is taken too. Raises BrokenText."""
        while True:
            end = self._end_of_body()
            body, self._at = self._text[self._at : end], end
            if body:
                yield json.loads(f'"{body}"') if "\\" in body else body
            if self._text[self._at : self._at + 1] == '"':
                self._at += 1
                return
            if len(self._text) - self._at > _ESCAPE_LENGTH * 2 or not self._more():
                raise self.broken("the text is cut off, or holds what no JSON string may")

    def broken(self, said: str, at: int | None = None) -> BrokenText:
        """The error that something here is wrong."""
        return BrokenText(said, self._place(self._at if at is None else at))

    def _parsed(self, value: Any, end: int) -> Parsed:
        text, self._at = self._text[self._at : end], end
        return Parsed(value, text, self._flaws[0] if self._flaws else None)

    def _end_of_space(self) -> int:
        match = _SPACE.match(self._text, self._at)
        return match.end() if match else self._at

    def _end_of_body(self) -> int:
        match = _BODY.match(self._text, self._at)
        end = match.end() if match else self._at
        goes_on = len(self._text) - end < _ESCAPE_LENGTH and self._text[end : end + 1] != '"'
        return end - _ESCAPE_LENGTH if goes_on and _ends_in_half(self._text[self._at : end]) else end

    def _more(self) -> bool:
        """Read at least as much as is left, and drop what was taken; False at the end, where nothing is dropped."""
        if len(self._text) - self._at > LONGEST_VALUE:
            raise self.broken(f"a value has more than {LONGEST_VALUE:,} characters")
        pieces: list[str] = []
        wanted = len(self._text) - self._at
        while sum(map(len, pieces)) <= wanted and (piece := self._read()):
            pieces.append(piece)
        if not pieces:
            return False
        self._place(self._at)
        self._dropped += self._at
        self._text = "".join([self._text[self._at :], *pieces])
        self._at = self._counted = 0
        return True

    def _place(self, at: int) -> str:
        breaks = self._text.count("\n", self._counted, at)
        if breaks:
            self._line += breaks
            self._line_began = self._dropped + self._text.rfind("\n", self._counted, at) + 1
        self._counted = max(at, self._counted)
        return f"line {self._line}, column {self._dropped + at - self._line_began + 1}{self._within}"

    def _may_go_on(self, error: json.JSONDecodeError) -> bool:
        return error.msg.startswith(_CUT_OFF) or error.pos > len(self._text) - _ESCAPE_LENGTH * 2

    def _not_json(self, error: json.JSONDecodeError) -> BrokenText:
        if error.msg.startswith(_CUT_OFF) or error.pos >= len(self._text):
            return self.broken("it ends in the middle", len(self._text))
        return self.broken(error.msg[:1].lower() + error.msg[1:], error.pos)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
            self._flaws.append(f"the key {twice[:60]!r} is there twice")
        if not _STEERING_KEYS.isdisjoint(made):
            self._flaws.append(f"{min(_STEERING_KEYS & made.keys())!r} is no key that may be kept")
        return made

    def _number(self, text: str) -> float:
        number = float(text)
        if math.isinf(number):
            self._flaws.append(f"the number {text[:20]} is too large")
        return number

    def _whole(self, text: str) -> int | float:
        return int(text) if len(text) <= _LONGEST_WHOLE else self._number(text)

    def _constant(self, text: str) -> float:
        self._flaws.append(f"{text} is no number of JSON")
        return math.nan


def _ends_in_half(body: str) -> bool:
    r"""Whether the second half of a character is still to come.

    >>> _ends_in_half(r"a\ud83d"), _ends_in_half(r"a\\ud83d")
    (True, False)
    """
    before, half = body[:-_ESCAPE_LENGTH], body[-_ESCAPE_LENGTH:]
    return _FIRST_HALF.fullmatch(half) is not None and (len(before) - len(before.rstrip("\\"))) % 2 == 0
