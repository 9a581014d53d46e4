"""Who is meant by an id, an e-mail or a username."""

import pytest

from alphanest_db.accounts.lookup import AmbiguousUser, UnknownUser, find_user, get_user
from alphanest_db.database.connect import transaction
from alphanest_db.database.target import Target
from tests.servers import execute

_USERS = """
INSERT INTO users (id, email, username, hashed_password, is_active) VALUES
    ('u1', 'anna@example.com', 'Anna', '!', true), ('u2', 'ANNA@other.example', 'anna', '!', false),
    ('u3', 'bob@example.com', 'Bob', '!', NULL), ('u4', 'carl@example.com', 'bob@EXAMPLE.com', '!', true),
    ('u5', 'dora@example.com', 'U3', '!', true), ('u6', 'o''hara@example.com', '100%_\\', '!', true)
"""


@pytest.fixture
def users(database: Target) -> Target:
    execute(database, _USERS)
    return database


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("u1", "u1"), ("U1", "u1"), ("ANNA@example.com", "u1"), ("anna@OTHER.example", "u2"), ("bOB", "u3"),
        ("u3", "u3"), ("o'hara@example.com", "u6"), ("100%_\\", "u6"),
    ],
)  # fmt: skip
def test_user_is_found_without_regard_to_case(text: str, id_: str, users: Target) -> None:
    with transaction(users) as connection:
        assert get_user(connection, text).id == id_


def test_several_who_could_be_meant_are_named(users: Target) -> None:
    texts = {"anna": ("u1", "u2"), "ANNA": ("u1", "u2"), "bob@example.com": ("u3", "u4"), "U3": ("u3", "u5")}
    with transaction(users) as connection:
        for text, ids in texts.items():
            with pytest.raises(AmbiguousUser, match=f"'{text}' can be 2 users") as raised:
                find_user(connection, text)
            assert tuple(user.id for user in raised.value.users) == ids
            assert [line.split()[0] for line in raised.value.details] == list(ids)


@pytest.mark.parametrize(
    "text", ["", "%", "nobody", "a\0b", "\udcff", "x" * 10_000_000, "' OR 1=1 --", "Anna "], ids=lambda t: repr(t[:9])
)
def test_other_text_is_nobody(text: str, users: Target) -> None:
    with transaction(users) as connection:
        assert find_user(connection, text) is None
        with pytest.raises(UnknownUser) as raised:
            get_user(connection, text)
    assert len(raised.value.message) < 200
