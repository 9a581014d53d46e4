"""Files of users: which have rows to read, and where one breaks off."""

from pathlib import Path

import pytest

from alphanest_db.accounts.users.importing.reading import read_users
from alphanest_db.errors import InvalidInput


def read(folder: Path, name: str, content: bytes) -> list[tuple[int, dict[str, object], str | None]]:
    (folder / name).write_bytes(content)
    return [(row.line, row.values, row.broken) for row in read_users(folder / name)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("users.txt", b"x"), ("users.csv", b""), ("users.csv", b"username\nx\n"), ("users.csv", b"username,email,emial\n"),
        ("users.csv", b"username,email,email\n"), ("users.csv", b"username;email\n"), ("users.csv", b"username,email\n\xff,x\n"),
        ("users.json", b"{}"), ("users.json", b"[] x"), ("users.json", b""), ("users.json", b"\xff"),
    ],
)  # fmt: skip
def test_file_without_rows_to_read_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        read(tmp_path, name, content)


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InvalidInput):
            read_users(path)


def test_rows_of_both_forms_are_the_same(tmp_path: Path) -> None:
    user = {"username": 'Zoë, the "2nd"\n', "email": "zoe@example.com"}
    table = '\ufeffUsername , EMAIL,password\r\n"Zoë, the ""2nd""\n",zoe@example.com,\r\n\r\neve,e@example.com,x\r\n'
    assert read(tmp_path, "u.csv", table.encode()) == [
        (2, user, None), (5, {"username": "eve", "email": "e@example.com", "password": "x"}, None)
    ]  # fmt: skip
    document = b'[\n{"username": "Zo\\u00eb, the \\"2nd\\"\\n", "email": "zoe@example.com", "avatar": null}\n,\n\n[]]'
    assert read(tmp_path, "u.json", document) == [(2, user, None), (5, {}, "is not a JSON object")]
    assert read(tmp_path, "none.json", b" [ ] \n") == []


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("users.csv", b'username,email\ndora,dora@example.com\n"never closed,x\n', 3),
        ("users.csv", b"username,email\n" + b"x" * 10_000_000 + b",x\n", 2),
        ("users.json", b'[\n{"username": "dora", "email": "dora@example.com"},\n{"username": ', 3),
        ("users.json", b'[\n{"username": "dora", "email": "dora@example.com"}\n{"username": "eve"}]', 2),
        ("users.json", b'[\n{"username": "dora"},\n]', 2),
        ("users.json", b"[" * 100_000, 1),
        ("users.json", b'[\n{"username": ' + b"9" * 5000 + b"}]", 2),
    ],
)  # fmt: skip
def test_file_that_breaks_off_says_where(name: str, content: bytes, line: int, tmp_path: Path) -> None:
    last = read(tmp_path, name, content)[-1]
    assert (last[0], str(last[2])[:32]) == (line, "cannot be read, nor what follows"), last
