"""Reading exports: every place is told, and no text is too long, too deep or too strange."""

import io
import json
import tracemalloc
from itertools import islice

import pytest

from alphanest_db.seeding.local_storage.reading import BrokenExport, ExportReader, Record

USERS = "crypto_arbitrage_users"


class Trickle(io.RawIOBase):
    """Gives a file in small pieces, so that every piece ends in the middle of something."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data = io.BytesIO(data)
        self._size = size

    def read(self, size: int = -1) -> bytes:
        return self._data.read(max(4, min(size, self._size)) if size >= 0 else -1)


def records(data: bytes | str, other_keys: list[str] | None = None, size: int = 1 << 20) -> list[Record]:
    raw = data.encode() if isinstance(data, str) else data
    keys = other_keys if other_keys is not None else []
    return list(ExportReader("a.json", Trickle(raw, size), lambda _bytes: None, keys))  # type: ignore[arg-type]  # RawIOBase reads too


def in_list(*elements: str) -> str:
    return f'{{"{USERS}": [{", ".join(elements)}]}}'


def as_text(value: object) -> str:
    return json.dumps({USERS: json.dumps(value, ensure_ascii=False)}, ensure_ascii=False)


@pytest.mark.parametrize("size", [4, 5, 7, 64, 1 << 18])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_both_forms_are_read_whatever_the_pieces(size: int, ascii_only: bool) -> None:
    users = [{"id": f"u{n}", "name": 'é 🦊 "quoted" \\ \n', "n": n * 1.5} for n in range(5)]
    parsed = json.dumps({"a": [1, {"b": "]"}], USERS: users, "z": None}, ensure_ascii=ascii_only)
    text = json.dumps(
        {"a": "x" * 30 + '\\"', USERS: json.dumps(users, ensure_ascii=ascii_only)}, ensure_ascii=ascii_only
    )
    for export, others in ((parsed, ["a", "z"]), (text, ["a"])):
        keys: list[str] = []
        found = records(export, keys, size)
        assert [record.value for record in found] == users
        assert [record.path for record in found] == [f"$.{USERS}[{n}]" for n in range(5)]
        assert (keys, [record.flaw for record in found]) == (others, [None] * 5)


def test_an_empty_text_holds_no_records_as_the_front_end_reads_it() -> None:
    assert records(f'{{"{USERS}": "", "other": ""}}') == []


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-16", b""),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32", b""),
    ],
)
def test_encodings_are_recognised(encoding: str, mark: bytes) -> None:
    assert records(mark + in_list('{"name": "🦊"}').encode(encoding))[0].value == {"name": "🦊"}


@pytest.mark.parametrize(
    ("element", "flaw"),
    [
        ('{"a": NaN}', "NaN is no number of JSON"),
        ('{"a": -Infinity}', "-Infinity is no number of JSON"),
        ('{"a": 1e999}', "the number 1e999 is too large"),
        (f'{{"a": {"9" * 400}}}', "the number 99999999999999999999 is too large"),
        ('{"a": {"__proto__": 1}}', "'__proto__' is no key that may be kept"),
        ('{"a": {"constructor": 1}}', "'constructor' is no key that may be kept"),
        ('{"b": 1, "a": 1, "a": 1}', "the key 'a' is there twice"),
        (r'{"a": "\u0000"}', "a text holds a NUL character, or half a character (a lone surrogate)"),
        (r'{"\ud83d": 1}', "a text holds a NUL character, or half a character (a lone surrogate)"),
        ("[" * 80 + "]" * 80, "it is nested more than 64 levels deep"),
    ],
)
def test_what_no_record_may_hold_is_a_flaw_of_it_alone(element: str, flaw: str) -> None:
    found = records(in_list('{"fine": 1}', element, '{"fine": 2}'))
    assert [record.flaw for record in found] == [None, flaw, None]


@pytest.mark.parametrize("name", ["\0", "\ud83d", "\udc00x"])
def test_halves_of_characters_are_found_in_texts_within_texts(name: str) -> None:
    within = json.dumps({USERS: json.dumps([{"name": name}, {"name": "🦊"}])})
    assert [record.flaw is None for record in records(within)] == [False, True]
    outside = json.dumps({USERS: json.dumps([{"name": name}], ensure_ascii=False)})
    if name != "\0":  # JSON allows no NUL that is not escaped
        assert records(outside)[0].flaw is not None


@pytest.mark.parametrize(
    ("export", "path", "place", "said"),
    [
        ("", "$", "line 1, column 1", "it ends in the middle"),
        ("[]", "$", "line 1, column 1", "{ is expected, not '['"),
        ('{"a": 1} x', "$", "line 1, column 10", "something follows after the export"),
        (f'{{"{USERS}": {{}}}}', f"$.{USERS}", "line 1, column 28", "a list is expected"),
        (f'{{"{USERS}": 7}}', f"$.{USERS}", "line 1, column 28", "a list is expected"),
        (in_list("{}", '{"a": tru}'), f"$.{USERS}[1]", "line 1, column 39", "expecting value"),
        (in_list("{}", '{"a" 1}')[:-2], f"$.{USERS}[1]", "line 1, column 38", "expecting ':' delimiter"),
        (in_list("{}", '{"a": 1}')[:-3], f"$.{USERS}[1]", "line 1, column 40", "it ends in the middle"),
        (f'{{"{USERS}": [\n{{}},\n{{"a": "x', f"$.{USERS}[1]", "line 3, column 9", "it ends in the middle"),
        (f'{{"{USERS}": [{{}}', f"$.{USERS}[0]", "line 1, column 31", "it ends in the middle"),
        ('{"a": "x', "$.a", "line 1, column 9", "the text is cut off, or holds what no JSON string may"),
        ('{"a": 1, "__proto__": 2}', "$.__proto__", "line 1, column 22", "no browser stores this key"),
        (in_list()[:-1] + f', "{USERS}": []}}', f"$.{USERS}", "line 1, column 57", "the key is there twice"),
        (in_list("[" * 5000), f"$.{USERS}[0]", "line 1, column 29", "it is nested too deeply"),
        (as_text({}), f"$.{USERS}", f"line 1, column 1 of the text under {USERS}", "a list is expected"),
        (json.dumps({USERS: '[{"a": 1'}), f"$.{USERS}[0]", f"line 1, column 9 of the text under {USERS}", "it ends in the middle"),
        (as_text([])[:-2] + 'x"}', f"$.{USERS}", f"line 1, column 3 of the text under {USERS}", "something follows after the list"),
        (json.dumps({USERS: " "}), f"$.{USERS}", f"line 1, column 2 of the text under {USERS}", "a list is expected"),
    ],
)  # fmt: skip
def test_broken_exports_name_the_place(export: str, path: str, place: str, said: str) -> None:
    with pytest.raises(BrokenExport) as caught:
        records(export)
    assert (caught.value.path, caught.value.place, caught.value.said) == (path, place, said)


def test_bytes_that_are_no_text_are_told() -> None:
    with pytest.raises(BrokenExport, match="the byte 0xff is not UTF-8"):
        records(in_list('"x"').encode().replace(b"x", b"\xff"))


def test_long_exports_take_little_memory() -> None:
    class Endless(io.RawIOBase):
        """A list without an end, of both forms."""

        def __init__(self, begin: bytes, element: bytes) -> None:
            self._next, self._element = begin, element * 2000

        def read(self, size: int = -1) -> bytes:
            given, self._next = self._next, self._element
            return given

    for begin, element in (
        (f'{{"{USERS}": ['.encode(), b'{"id": "x", "bio": "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"},'),
        (f'{{"{USERS}": "['.encode(), rb"{\"id\": \"x\", \"bio\": \"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\"},"),
    ):
        tracemalloc.start()
        reader = ExportReader("a.json", Endless(begin, element), lambda _bytes: None, [])  # type: ignore[arg-type]  # as above
        assert sum(1 for _ in islice(reader, 100_000)) == 100_000
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 3_000_000


def test_a_string_without_an_end_is_not_read_into_memory() -> None:
    export = in_list('{"a": "' + "x" * (40 << 20))
    with pytest.raises(BrokenExport, match="a value has more than 16,777,216 characters"):
        records(export)
