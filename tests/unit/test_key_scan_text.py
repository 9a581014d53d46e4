"""Keys are found in any bytes, wherever the pieces end in which they are read."""

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from alphanest_db.accounts.scanning.text import Sighting, find_keys

KEY = "ak_aZ3kf9Qx7Lm2Np5Rt8Vw1Yc4Ee6Gh0Jk"
OTHER = "ak_0123456789abcdefghijABCDEFGHIJ12"


class Pieces:
    """A stream that gives a few bytes at a time."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        self._data = data
        self._sizes = sizes
        self._count = 0

    def read(self, size: int, /) -> bytes:
        self._count += 1
        piece, self._data = (
            self._data[: self._sizes[self._count % len(self._sizes)]],
            self._data[self._sizes[self._count % len(self._sizes)] :],
        )
        return piece


def found(text: str) -> list[Sighting]:
    return list(find_keys(Pieces(text.encode(), [1 << 20])))


@given(
    st.lists(
        st.sampled_from([KEY, OTHER, "ak_", "\n", "ak_" + "x" * 31, "é", " ", "\\n", "%3D", "a", KEY[:-1]]), max_size=30
    ),
    st.lists(st.integers(1, 80), min_size=1, max_size=5),
)
def test_every_key_is_found_once_with_its_line(parts: list[str], sizes: list[int]) -> None:
    text = "".join(parts)
    expected = [
        (match[1], text.count("\n", 0, match.start()) + 1) for match in re.finditer("(?=(ak_[A-Za-z0-9]{32}))", text)
    ]
    assert [(item.key, item.line) for item in find_keys(Pieces(text.encode(), sizes))] == expected


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_certainty_does_not_depend_on_the_pieces(data: bytes, sizes: list[int]) -> None:
    data = data[:150] + KEY.encode() + data[150:]
    assert list(find_keys(Pieces(data, sizes))) == list(find_keys(Pieces(data, [1 << 20])))


def test_key_that_stands_alone_is_certain() -> None:
    alone = [
        "{}",
        '"{}"',
        "key={}&x",
        "%3D{}%26",
        "\\n{}\\n",
        "\\u0022{}\\u0022",
        "é{}é",
        "x_{}",
        "-{}-",
        "{}.",
        "\\x3d{}",
    ]
    assert [form for form in alone if not found(form.format(KEY))[0].is_certain] == []


def test_part_of_something_longer_and_placeholders_are_not_certain() -> None:
    forms = [f"bre{KEY}", f"{KEY}X", "ak_" + "x" * 32, "ak_" + "0123" * 8, f"1{KEY}", f"n{KEY}", f"3D{KEY}"]
    assert [form for form in forms if found(form)[0].is_certain] == []


def test_stored_form_is_not_a_key() -> None:
    assert found("ak_aZ3k." + "0123456789abcdef" * 4) == []


def test_huge_line_is_one_line() -> None:
    filler = random.Random(1).choices("abk_ \u00e9", k=100)
    text = "".join(filler) * 20_000
    items = found(f"{text} {KEY} {text}\n{KEY}")
    assert [(item.line, item.is_certain) for item in items] == [(1, True), (2, True)]


def test_key_stays_out_of_what_is_printed_of_a_sighting() -> None:
    assert KEY not in repr(found(KEY))
