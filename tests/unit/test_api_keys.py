"""API keys: what their owner gets and what the database keeps."""

import hashlib
import re

import pytest

from alphanest_db.accounts.api_keys import issue_key
from alphanest_db.accounts.key_form import is_key
from alphanest_db.settings import KeyStorage


@pytest.mark.parametrize("storage", [KeyStorage.auto, KeyStorage.hashed])
def test_key_is_kept_as_its_hash(storage: KeyStorage) -> None:
    issued = issue_key(storage)
    assert re.fullmatch(r"ak_[A-Za-z0-9]{32}", issued.key)
    assert issued.stored == f"{issued.key[:7]}.{hashlib.sha256(issued.key.encode()).hexdigest()}"


def test_plain_storage_keeps_the_key() -> None:
    issued = issue_key(KeyStorage.plain)
    assert issued.stored == issued.key


def test_stored_form_is_no_key() -> None:
    issued = issue_key(KeyStorage.hashed)
    assert (is_key(issued.key), is_key(issued.stored)) == (True, False)


@pytest.mark.parametrize(
    "text", ["", "ak_", "ak_" + "a" * 31, "ak_" + "a" * 33, "AK_" + "a" * 32, "ak_" + "a" * 32 + "\n"]
)
def test_other_text_is_no_key(text: str) -> None:
    assert is_key(text) is False


def test_stored_form_fits_the_column_and_tells_keys_apart() -> None:
    keys = [issue_key(KeyStorage.hashed) for _ in range(100)]
    assert len({key.stored for key in keys}) == 100
    assert max(len(key.stored) for key in keys) <= 255


@pytest.mark.parametrize("storage", KeyStorage)
def test_key_stays_out_of_the_text_of_what_was_issued(storage: KeyStorage) -> None:
    issued = issue_key(storage)
    assert issued.key not in repr(issued)
