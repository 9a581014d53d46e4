"""Passwords in both forms that deployed databases hold, against vectors made here by hand."""

import base64
import hashlib
import hmac

import bcrypt
import pytest

from alphanest_db.accounts.passwords import WeakPassword, hash_password, verify_password
from alphanest_db.settings import PasswordScheme

PASSWORD = "correct horse ключ"
SALT = b"abcdefghijklmnopqrstuu"


def passlib_form(password: str, salt: bytes = SALT) -> str:
    """What passlib.hash.bcrypt_sha256 stores (version 2), put together by hand."""
    digest = base64.b64encode(hmac.new(salt, password.encode(), hashlib.sha256).digest())
    whole = bcrypt.hashpw(digest, b"$2b$04$" + salt).decode()
    return f"$bcrypt-sha256$v=2,t=2b,r=4${whole[7:29]}${whole[29:]}"


@pytest.mark.parametrize(
    "stored",
    [bcrypt.hashpw(PASSWORD.encode(), b"$2b$04$" + SALT).decode(), passlib_form(PASSWORD)],
    ids=["bcrypt", "passlib bcrypt-sha256"],
)
def test_both_deployed_forms_are_verified(stored: str) -> None:
    assert (verify_password(PASSWORD, stored), verify_password(PASSWORD + "x", stored)) == (True, False)


@pytest.mark.parametrize("password", ["x" * 200, "ü" * 72])
def test_passlib_form_verifies_passwords_longer_than_bcrypts_72_bytes(password: str) -> None:
    stored = passlib_form(password)
    assert (verify_password(password, stored), verify_password(password + "x", stored)) == (True, False)


@pytest.mark.parametrize("scheme", PasswordScheme)
def test_what_is_stored_is_verified_and_has_a_salt_of_its_own(scheme: PasswordScheme) -> None:
    first, second = (hash_password(PASSWORD, cost=4, scheme=scheme) for _ in range(2))
    assert first != second
    assert verify_password(PASSWORD, first)
    assert verify_password(PASSWORD, second)


def test_stored_forms_are_the_deployed_ones() -> None:
    assert hash_password(PASSWORD, cost=4).startswith("$2b$04$")
    stored = hash_password(PASSWORD, cost=4, scheme=PasswordScheme.bcrypt_sha256)
    salt = stored.split("$")[3].encode()
    assert stored == passlib_form(PASSWORD, salt)


@pytest.mark.parametrize(
    "stored",
    ["!", "!" + passlib_form(PASSWORD), "", PASSWORD, "$2b$04$short", "$bcrypt-sha256$v=1,2b,4$x$y", "\0", "$2b$"],
)
def test_nobody_logs_in_with_what_is_no_hash(stored: str) -> None:
    assert verify_password(PASSWORD, stored) is False


@pytest.mark.parametrize(
    ("password", "violations"),
    [
        ("12345", ("has fewer than 6 characters",)),
        ("x" * 73, ("has more than 72 bytes",)),
        ("ü" * 37, ("has more than 72 bytes",)),
        ("12345\0", ("holds a NUL character",)),
        ("a\0", ("has fewer than 6 characters", "holds a NUL character")),
    ],
)
def test_weak_password_is_refused_with_every_reason(password: str, violations: tuple[str, ...]) -> None:
    with pytest.raises(WeakPassword) as refused:
        hash_password(password, cost=4)
    assert refused.value.violations == violations
    assert password not in str(refused.value)


@pytest.mark.parametrize("password", ["123456", "x" * 72, "ü" * 36])
def test_passwords_at_the_limits_are_taken(password: str) -> None:
    assert verify_password(password, hash_password(password, cost=4))
