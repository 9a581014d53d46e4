"""What a name, an address, an avatar and a password may be."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from alphanest_db.accounts.password_policy import password_violations
from alphanest_db.accounts.users.rules import avatar_violations, email_violations, username_violations
from alphanest_db.redact import printable

LOCAL_PARTS = st.text(st.sampled_from('abcXYZ019._+-@ "ü\u202e\0'), max_size=70)
DOMAINS = st.sampled_from(
    ["example.com", "localhost", "x..com", "a.test", "-x.com", "bücher.example.org", "x" * 64 + ".com", ""]
)


@given(LOCAL_PARTS, DOMAINS)
@example("a.b+c-d_e", "example.com")
@example(".a", "example.com")
@example("a..b", "example.com")
@example("x" * 64, "example.com")
@example("x" * 65, "example.com")
def test_addresses_are_those_of_the_library(local: str, domain: str) -> None:
    email = f"{local}@{domain}"
    try:
        validate_email(email, check_deliverability=False)
        valid = True
    except EmailNotValidError:
        valid = False
    assert (email_violations(email) == []) is valid


@given(st.text(max_size=120))
def test_username_that_is_taken_shows_as_it_is(username: str) -> None:
    if not username_violations(username):
        assert 3 <= len(username) <= 100
        assert printable(username) == username == username.strip()


@pytest.mark.parametrize(
    "username", ["abc", "x" * 100, "Zoë", "日本語", "a b", "-rf", "' OR 1=1", "[/red]", "👩‍🚀👩‍🚀👩‍🚀"]
)
def test_usual_and_unusual_names_are_taken(username: str) -> None:
    assert username_violations(username) == []


@pytest.mark.parametrize("unseen", "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
def test_name_of_which_nothing_is_seen_is_refused(unseen: str) -> None:
    found = [str(violation) for violation in username_violations(unseen * 3)]
    assert found == [f"the username holds a character of which nothing is seen: U+{ord(unseen):04X}"]


@pytest.mark.parametrize("avatar", ["👤", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "x" * 10, "👤" * 10])
def test_avatar_has_up_to_ten_code_points(avatar: str) -> None:
    assert (avatar_violations(avatar), len(avatar_violations(avatar + "x" * 10))) == ([], 1)


@pytest.mark.parametrize("avatar", ["", " ", "\n", "\x1b[31m", "\x9b", "\ud800", "👤" * 11])
def test_avatar_that_could_not_be_stored_or_shown_is_refused(avatar: str) -> None:
    assert avatar_violations(avatar)


@pytest.mark.parametrize("password", ["password", "QWERTY123", "12345678", "Alphanest1", "iloveyou"])
def test_most_common_passwords_are_refused_in_any_case(password: str) -> None:
    assert password_violations(password) == ["is one of the most common passwords"]


def test_every_violation_of_a_password_is_named() -> None:
    found = password_violations("Anna", min_length=10, names=["anna", "anna@example.com"])
    assert found == ["has fewer than 10 characters", "is the username or the e-mail"]
