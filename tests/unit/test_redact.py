"""Text that is safe to show."""

import json
import unicodedata

import pytest

from alphanest_db.redact import hide_secrets, printable, printable_json

HOSTILE = {
    "CSI": "\x1b[31mred\x1b[0m",
    "OSC 52": "\x1b]52;c;Y3VybA==\x07",
    "OSC 8": "\x1b]8;;http://evil\x1b\\link",
    "C1": "\x9b31m\x9d0;title\x9c",
    "line breaks": "a\r\nb\x85\u2028\u2029",
    "backspace": "a\x08\x7f",
    "bidi": "\u202egnp.exe\u202c \u2066x\u2069 \u200e\u200f\u061c",
    "zero width": "a\u200bb\u2060c\ufeffd\u00ade",
    "joiner between letters": "ad\u200dmin\u200c",
    "tags": "x\U000e0041\U000e007f",
    "lone surrogate": "\ud83d",
}
HARMLESS = ["x[/]", "[red]x", "%s {0}", "Grüße, 世界", "👩‍👩‍👧‍👦 🏳️‍🌈 ❤️ 👍🏽", "می‌خواهم", "क्‍ष", "", "   "]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_steers_a_terminal_is_written_out(text: str) -> None:
    shown = printable(text)
    assert [char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")] == []


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_json_that_is_safe_to_show_means_the_same(text: str) -> None:
    shown = printable_json(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(shown) == {"a": text}
    assert [char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")] == []


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert (printable(text), json.loads(printable_json(json.dumps(text, ensure_ascii=False)))) == (text, text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://anna:hunter2@db/nest", "postgresql://anna:***@db/nest"),
        ("postgresql://anna:hun@ter/2@db/nest", "postgresql://anna:***@db/nest"),
        ("postgresql://:hunter2@db", "postgresql://:***@db"),
        ("password=hunter2 host=db", "password=*** host=db"),
        ("PGPASSWORD='hunter 2'", "PGPASSWORD=***"),
        ('{"password": "hunter2", "a": 1}', '{"password": ***, "a": 1}'),
        ("hashed_password='hunter2'", "hashed_password=***"),
        ("key ak_" + "a1" * 16, "key ak_***"),
        ("$2b$12$" + "x" * 53, "$2b$***"),
        ("$bcrypt-sha256$v=2,t=2b,r=12$abc$def", "$bcrypt-sha256$***"),
        ("SCRAM-SHA-256$4096:c2FsdA==$x:y", "SCRAM-SHA-256$***"),
        ("refused the password of user 'anna'", "refused the password of user 'anna'"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, shown: str) -> None:
    assert hide_secrets(text) == shown


@pytest.mark.parametrize(
    ("text", "secret", "shown"),
    [
        ("psql said tr0ub4dor&3x twice: tr0ub4dor&3x!", "tr0ub4dor&3x", "psql said *** twice: ***!"),
        ("url tr0ub4dor%263x", "tr0ub4dor&3x", "url ***"),
        ("is the port right? p", "p", "is the port right? ***"),
        ("nothing to hide", None, "nothing to hide"),
        ("nothing to hide", "", "nothing to hide"),
    ],
)
def test_known_secret_is_hidden_and_words_with_its_letters_stay(text: str, secret: str | None, shown: str) -> None:
    assert hide_secrets(text, secret) == shown
