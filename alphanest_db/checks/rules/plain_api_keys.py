"""API keys that whoever reads a backup can use."""

from alphanest_db.checks.model import Check, Level
from alphanest_db.checks.rows import RowRule
from alphanest_db.checks.secrets import HAS_ODD_KEY, IS_PLAIN_KEY

CHECK = Check(
    name="plain-api-keys",
    summary="API keys that whoever reads a backup can use.",
    tags=("security", "accounts"),
    level=Level.warning,
    why="A key that is stored as its owner holds it is there to be read, by everybody who may read users or gets hold of a backup."
    " Stored as a hash, it can be looked up and not used. Deployed gateways that compare the column with the presented key need"
    " the plain form until they are changed.",
    remedy="Run `alphanest key harden` when all gateways look keys up by their hashes.",
    rows=(
        RowRule(
            "users",
            IS_PLAIN_KEY,
            "format('the API key of %L is stored as it is', t.username)",
            "-- alphanest key harden",
            screen=HAS_ODD_KEY,
        ),
    ),
)
