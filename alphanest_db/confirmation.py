"""What the user said about destroying something."""

from dataclasses import dataclass

from alphanest_db.errors import ConfirmationNeeded
from alphanest_db.settings import Environment


@dataclass(frozen=True)
class Confirmation:
    """`yes` from --yes or an answer on the terminal; `name` is the database's name as the user typed it."""

    yes: bool
    name: str | None = None


def require_confirmation(environment: Environment, database: str, what: str, confirmation: Confirmation) -> None:
    """Raises ConfirmationNeeded unless destroying was confirmed; in staging and production by the database's name."""
    if confirmation.name is not None and confirmation.name != database:
        raise ConfirmationNeeded(f"{what} was not confirmed: the database is {database}, not {confirmation.name}")
    if environment.is_protected and confirmation.name is None:
        raise ConfirmationNeeded(
            f"{what} needs the name of this {environment} database", f"Add --confirm {database} if you mean it."
        )
    if not confirmation.yes and confirmation.name is None:
        raise ConfirmationNeeded(f"{what} was not confirmed", "Answer yes on a terminal, or add --yes.")
