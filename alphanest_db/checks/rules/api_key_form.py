"""API keys in neither of the two forms."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.secrets import HAS_ODD_KEY, IS_HASHED_KEY, IS_PLAIN_KEY

CHECK = Check(
    name="api-key-form",
    summary="API keys in neither of the two forms.",
    tags=("integrity", "values"),
    level=Level.error,
    why="A key is ak_ and 32 letters and digits, or, stored hashed, ak_, its first four characters, a dot and 64"
    " hexadecimal digits. No gateway finds a key that is stored in another form.",
    remedy="Take the key away and issue a new one.",
    rows=(
        RowRule(
            "users",
            f"NOT {IS_PLAIN_KEY} AND NOT {IS_HASHED_KEY}",
            "format('api_key has %s characters and is no key', char_length(t.api_key))",
            "UPDATE {table} SET api_key = NULL WHERE {key};",
            screen=HAS_ODD_KEY,
        ),
    ),
)
