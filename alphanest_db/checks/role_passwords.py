"""Whether a role's stored password is one that everybody knows."""

import base64
import hashlib
import hmac
import re

_SCRAM = re.compile(r"^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)$")


def is_password_of(role: str, stored: str | None, password: str) -> bool:
    """True where the stored form, SCRAM (RFC 5803) or MD5, was made from the password.

    >>> is_password_of("anna", "md5" + hashlib.md5(b"hushanna").hexdigest(), "hush")
    True
    """
    if stored is None:
        return False
    if match := _SCRAM.match(stored):
        rounds, salt, stored_key, _ = match.groups()
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(rounds))
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        return hmac.compare_digest(hashlib.sha256(client_key).digest(), base64.b64decode(stored_key))
    digest = hashlib.md5(f"{password}{role}".encode(), usedforsecurity=False).hexdigest()
    return hmac.compare_digest(stored, f"md5{digest}")
