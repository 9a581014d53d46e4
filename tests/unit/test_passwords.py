"""Passwords in both forms that deployed databases hold, against vectors made here by hand."""

import base64
import hashlib
import hmac
import time
import warnings

import bcrypt
import pytest

from alphanest_db.accounts.hashing import Hashing, hash_passwords
from alphanest_db.accounts.password_policy import WeakPassword, password_violations
from alphanest_db.accounts.passwords import (
    generate_password,
    hash_password,
    is_hash,
    is_out_of_date,
    rehash,
    verify_in_constant_time,
    verify_password,
)
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


# What passlib 1.7.4 itself has written.
PASSLIBS_OWN = {
    "$bcrypt-sha256$v=2,t=2b,r=4$vhETC3Ut6m2LAkaLytcFfe$dyUpbbOrV3.YfisHiz1vKhGA2npHje.": PASSWORD,
    "$bcrypt-sha256$v=2,t=2b,r=5$njWhO/s1oXz8GptzIhAE2u$qY424qhm/Mq3Sbzj07UZ6KZKyurHT3K": "x" * 200,
}


@pytest.mark.parametrize(("stored", "password"), PASSLIBS_OWN.items())
def test_what_passlib_wrote_is_verified(stored: str, password: str) -> None:
    assert (verify_password(password, stored), verify_password(password[:-1], stored)) == (True, False)


def test_passlib_verifies_what_is_written_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSLIB_BUILTIN_BCRYPT", "enabled")  # its other back end cannot cope with bcrypt 5
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # passlib imports crypt
        from passlib.hash import bcrypt_sha256
    bcrypt_sha256.set_backend("builtin")
    stored = hash_password(PASSWORD, cost=4, scheme=PasswordScheme.bcrypt_sha256)
    assert (bcrypt_sha256.verify(PASSWORD, stored), bcrypt_sha256.verify(PASSWORD + "x", stored)) == (True, False)


@pytest.mark.parametrize(
    ("stored", "is_stale"),
    [
        ("$2b$12$" + "x" * 53, False), ("$2b$13$" + "x" * 53, False), ("$2b$11$" + "x" * 53, True),
        (next(iter(PASSLIBS_OWN)), True), ("!", False), ("junk", False),
    ],
)  # fmt: skip
def test_hash_of_another_scheme_or_cheaper_is_out_of_date(stored: str, is_stale: bool) -> None:
    assert is_out_of_date(stored, cost=12, scheme=PasswordScheme.bcrypt) is is_stale


def test_rehash_keeps_old_short_passwords_and_gives_up_on_too_long_ones() -> None:
    short = rehash("abc", cost=4, scheme=PasswordScheme.bcrypt)
    assert short is not None
    assert verify_password("abc", short)
    assert rehash("x" * 200, cost=4, scheme=PasswordScheme.bcrypt) is None


@pytest.mark.parametrize("stored", [None, "!", "junk", next(iter(PASSLIBS_OWN)), passlib_form("another one")])
def test_whatever_is_stored_a_wrong_password_takes_as_long(stored: str | None) -> None:
    begun = time.thread_time()
    for _ in range(8):
        assert verify_in_constant_time("wrong password", stored, cost=4) is False
    whole = time.thread_time() - begun
    begun = time.thread_time()
    for _ in range(8):
        bcrypt.hashpw(b"wrong password", bcrypt.gensalt(4))
    assert 0.5 < whole / (time.thread_time() - begun) < 2


def test_wrong_password_takes_as_long_where_the_hash_is_cheaper_than_new_ones() -> None:
    def seconds(stored: str | None) -> float:
        begun = time.thread_time()
        assert verify_in_constant_time("wrong password", stored, cost=8) is False
        return time.thread_time() - begun

    stored = hash_password(PASSWORD, cost=4)
    assert verify_in_constant_time(PASSWORD, stored, cost=8)
    rounds = [(seconds(stored), seconds(None)) for _ in range(5)]
    wrong, unknown = (min(times) for times in zip(*rounds, strict=True))
    assert 0.7 < wrong / unknown < 1.4


def test_many_are_hashed_in_their_order() -> None:
    passwords = [f"password number {n}" for n in range(120)]
    hashes = list(hash_passwords(passwords, cost=4, scheme=PasswordScheme.bcrypt))
    assert all(verify_password(password, stored) for password, stored in zip(passwords, hashes, strict=True))


def test_what_was_begun_is_hashed_once_and_told_as_often_as_asked() -> None:
    with Hashing(cost=4, scheme=PasswordScheme.bcrypt) as hashing:
        hashing.begin("anna", "anna's password")
        hashing.begin("eve", "eve's password")
        hashing.begin("anna", "another password")
        first, again = hashing.stored("anna"), hashing.stored("anna")
        hashing.begin("late", "anna's password")
        late = hashing.stored("late")
    assert (first == again, first != late) == (True, True)
    assert [verify_password("anna's password", stored) for stored in (first, late)] == [True, True]


def test_generated_passwords_are_strong_and_never_twice() -> None:
    made = {generate_password() for _ in range(200)}
    assert (len(made), [violations for one in made if (violations := password_violations(one))]) == (200, [])


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


@pytest.mark.parametrize("cost", ["00", "03", "32", "99"])
def test_form_with_a_cost_that_bcrypt_has_not_is_no_hash(cost: str) -> None:
    forms = (f"$2b${cost}${'a' * 53}", f"$bcrypt-sha256$v=2,t=2b,r={int(cost)}${'a' * 22}${'a' * 31}")
    assert [is_hash(form) for form in forms] == [False, False]
