"""Text that is safe to show: without secrets, without control characters."""

import re
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

HIDDEN = "***"

_SECRETS = (
    (re.compile(r"(?<=://)([^\s:/@]*):\S*@"), rf"\1:{HIDDEN}@"),
    (
        re.compile(r"(?i)\b(\w*(?:password|passwd|secret|token))([\"']?\s*[=:]\s*)('[^']*'|\"[^\"]*\"|[^\s,;&)]+)"),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"\bak_[A-Za-z0-9]{32}\b"), f"ak_{HIDDEN}"),
    (re.compile(r"\$(2[abxy]\$|bcrypt-sha256\$)[^\s'\")]+"), f"$\\1{HIDDEN}"),
    (re.compile(r"\bSCRAM-SHA-256\$[^\s'\",)]+"), f"SCRAM-SHA-256${HIDDEN}"),
)

# Controls, lone surrogates and line separators; and format characters, among them bidirectional overrides and invisible
# ones, which change what a reader believes to see (Unicode TR 36, 3.6).
_STEERING = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
# Emoji, Persian and the scripts of India are made with them; between ASCII letters they only deceive.
_JOINERS = frozenset("\u200c\u200d")
# Most text holds none of these, and is looked through by the regular expression alone.
_UNUSUAL = re.compile(r"[^ -~]")
_UNUSUAL_IN_JSON = re.compile(r"[^ -~\n]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_EVERYWHERE_FROM = (
    8  # a shorter secret is hidden only where it stands alone: hiding its letters in words would tell them
)


def hide_secrets(text: str, *known: str | None) -> str:
    """The text with passwords, keys and hashes replaced, both the `known` ones and what looks like one.

    >>> hide_secrets("postgresql://anna:s3cr@t@db/x and password=hush")
    'postgresql://anna:***@db/x and password=***'
    """
    for secret in known:
        for form in {secret, quote(secret, safe="")} if secret else ():
            text = _hide(text, form)
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _hide(text: str, secret: str) -> str:
    if len(secret) >= _EVERYWHERE_FROM:
        return text.replace(secret, HIDDEN)
    return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)


def printable(text: str) -> str:
    """The text with everything that could steer a terminal written out, line breaks and tabs included.

    >>> printable("a\\x1b[31mb\\n")
    'a\\\\x1b[31mb\\\\n'
    """
    return _UNUSUAL.sub(lambda found: _unless_harmless(text, found.start(), _python_escape), text)


def printable_json(text: str) -> str:
    """JSON that means the same, with what could steer a terminal as escapes of JSON's own.

    >>> printable_json('"a\x9b31mb"')
    '"a\\\\u009b31mb"'
    """
    return _UNUSUAL_IN_JSON.sub(lambda found: _unless_harmless(text, found.start(), _json_escape), text)


def json_in_ascii(text: str) -> str:
    """JSON that means the same, in ASCII.

    >>> json_in_ascii('"ü"')
    '"\\\\u00fc"'
    """
    return _NOT_ASCII.sub(lambda found: _json_escape(found[0]), text)


def _unless_harmless(text: str, place: int, escape: Callable[[str], str]) -> str:
    return escape(text[place]) if _steers(text, place) else text[place]


def _python_escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def _json_escape(char: str) -> str:
    return "".join(f"\\u{unit:04x}" for unit in _utf16(char))


def _utf16(char: str) -> list[int]:
    encoded = char.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(encoded[start : start + 2], "big") for start in range(0, len(encoded), 2)]


def _steers(text: str, place: int) -> bool:
    char = text[place]
    if char in _JOINERS:
        return (text[place - 1] if place else "a").isascii() or text[place + 1 : place + 2].isascii()
    return unicodedata.category(char) in _STEERING
