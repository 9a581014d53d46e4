"""Small synthetic platforms, and what is to be asked of them."""

import re

from alphanest_db.database.target import Target
from tests.conftest import FIXTURES, Cli
from tests.servers import fetch

UNTIL = "2026-11-01"
SIZES = ("--users", "300", "--trades", "20000", "--items-per-user", "4", "--days", "90", "--until", UNTIL)
TABLES = ("users", "subscriptions", "market_booths", "nft_items", "trades")
ROWS = {"users": 300, "subscriptions": 300, "market_booths": 300, "nft_items": 1200, "trades": 20_000}

COUNTS = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)
CONTENTS = " UNION ALL ".join(
    f"SELECT '{table}', count(*), sum(hashtextextended(t::text, 0)::numeric)::text FROM {table} AS t"
    for table in TABLES
)
INDEXES = "SELECT indexrelid::regclass::text, indexrelid FROM pg_index WHERE indrelid > 16384 AND indisvalid ORDER BY 1"

_QUESTION = re.compile(r"^-- (none|true): (.*)\n((?:(?!-- ).*\n?)+)", re.MULTILINE)
_WANTED: dict[str, object] = {"none": 0, "true": True}


def implausible(target: Target) -> dict[str, object]:
    """The answers of a small platform that a market would not give, by what was asked."""
    asked = _QUESTION.findall((FIXTURES / "synthetic_questions.sql").read_text(encoding="utf-8"))
    answers = {what: (_WANTED[kind], fetch(target, query)[0][0]) for kind, what, query in asked}
    assert len(answers) > 20
    return {what: found for what, (wanted, found) in answers.items() if found != wanted}


def seed(cli: Cli, *arguments: str, code: int = 0) -> str:
    """Put a small platform in; what was told on stderr."""
    result = cli("seed", "synthetic", *SIZES, *arguments)
    assert result.code == code, result.err
    return result.err
