"""Text that is safe to show: without secrets, without control characters."""

import re
import unicodedata

HIDDEN = "***"

_SECRETS = (
    (re.compile(r"(?<=://)([^\s:/@]*):[^\s/]*@"), rf"\1:{HIDDEN}@"),
    (
        re.compile(
            r"(?i)\b(password|passwd|pgpassword|db_password|secret|token)(\s*[=:]\s*)('[^']*'|\"[^\"]*\"|[^\s,;&)]+)"
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"\bak_[A-Za-z0-9]{32}\b"), f"ak_{HIDDEN}"),
    (re.compile(r"\$(2[abxy]\$|bcrypt-sha256\$)[^\s'\",)]+"), f"$\\1{HIDDEN}"),
    (re.compile(r"\bSCRAM-SHA-256\$[^\s'\",)]+"), f"SCRAM-SHA-256${HIDDEN}"),
)

# Bidirectional overrides and invisible characters change what a reader believes to see (Unicode TR 36, 3.6);
# the zero-width joiner and variation selectors stay, emoji are made of them.
_DECEIVING = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u061c")


def hide_secrets(text: str, *known: str | None) -> str:
    """The text with passwords, keys and hashes replaced, both the `known` ones and what looks like one.

    >>> hide_secrets("postgresql://anna:s3cr@t@db/x and password=hush")
    'postgresql://anna:***@db/x and password=***'
    """
    for secret in known:
        if secret:
            text = text.replace(secret, HIDDEN)
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def printable(text: str) -> str:
    """The text with everything that could steer a terminal written out, line breaks and tabs included.

    >>> printable("a\\x1b[31mb\\n")
    'a\\\\x1b[31mb\\\\n'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(char) for char in text)


def _visible(char: str) -> str:
    if char in _DECEIVING or unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp"):
        return char.encode("unicode_escape", "surrogatepass").decode("ascii")
    return char
