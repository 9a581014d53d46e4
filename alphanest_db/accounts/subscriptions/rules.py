"""Rows that the platform wrote before there were rules."""

import contextlib
from collections.abc import Iterator

from psycopg2 import errors

from alphanest_db.errors import AlphanestError


@contextlib.contextmanager
def broken_rules_told() -> Iterator[None]:
    """A row that violates a constraint is left alone until it is changed; then all of it has to be in order."""
    try:
        yield
    except errors.CheckViolation as error:
        raise AlphanestError(
            f"a subscription breaks the rule {error.diag.constraint_name}: a status or plan of old is none of the platform's",
            "Nothing was changed; `alphanest subscription set USER --status … --plan …` sets it right.",
        ) from error
