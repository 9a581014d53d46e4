"""The forms in which passwords and API keys are stored, as conditions for PostgreSQL; a test compares them with `accounts`.

Lengths and sets of characters first: a pattern with {32} in it takes five times as long.
"""

from alphanest_db.checks.ground import Ground

# bcrypt: $2b$12$, 22 characters of salt, 31 of digest.
_IS_BCRYPT = (
    "length(t.hashed_password) = 60 AND t.hashed_password ~ '^\\$2[aby]\\$(0[4-9]|[12][0-9]|3[01])\\$[./A-Za-z0-9]*$'"
)
# passlib's: bcrypt over an HMAC of the password, so that long ones count in full.
_IS_BCRYPT_SHA256 = (
    r"t.hashed_password ~ '^\$bcrypt-sha256\$v=2,t=2[ab],r=[0-9]{1,2}\$[./A-Za-z0-9]{22}\$[./A-Za-z0-9]{31}$'"
)
IS_VERIFIABLE = f"({_IS_BCRYPT} OR starts_with(t.hashed_password, '$bcrypt-sha256$') AND {_IS_BCRYPT_SHA256})"
IS_LOCKED = "starts_with(t.hashed_password, '!')"
IS_PLAIN_KEY = "(length(t.api_key) = 35 AND starts_with(t.api_key, 'ak_') AND substr(t.api_key, 4) !~ '[^A-Za-z0-9]')"
IS_HASHED_KEY = "(length(t.api_key) = 72 AND t.api_key ~ '^ak_[A-Za-z0-9]{4}\\.[0-9a-f]*$')"
# What is in order is quickly told, and the rest is for all checks on passwords and on keys.
HAS_ODD_PASSWORD = f"{IS_VERIFIABLE} IS NOT TRUE"
HAS_ODD_KEY = f"{IS_HASHED_KEY} IS FALSE"
# MD5, SHA-1, SHA-256 and the like in hexadecimal, MD5-crypt, LDAP's forms, a toy hash, or the password as it was typed: all that
# is no hash in the form of crypt(3).
IS_WEAK = (
    "(t.hashed_password <> '' AND NOT starts_with(t.hashed_password, '!')"
    " AND (NOT starts_with(t.hashed_password, '$') OR t.hashed_password ~ '^\\$(1|apr1)\\$'))"
)


def is_synthetic(ground: Ground) -> str:
    """True for the password of a synthetic user, by its salt."""
    return f"strpos(t.hashed_password, '{ground.platform.synthetic_salt}') > 0"
