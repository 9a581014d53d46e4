"""Asking before something is destroyed."""

from typing import Protocol

from alphanest_db.cli.grids import View
from alphanest_db.cli.render import ask, show_beside
from alphanest_db.confirmation import Confirmation
from alphanest_db.settings import Environment


class Plan(Protocol):
    """What a command is about to do."""

    @property
    def database(self) -> str:
        """The database that it is done to."""
        ...

    @property
    def environment(self) -> Environment:
        """How precious that is."""
        ...

    @property
    def destroys(self) -> bool:
        """Whether rows would be lost."""
        ...


def confirm_destroying(plan: Plan, view: View, given: Confirmation) -> Confirmation:
    """What was given on the command line, else the answer to a question on the terminal, after showing what would be lost.

    Where there is no terminal, nothing was confirmed; the capability refuses then.
    """
    if given.yes or given.name is not None or not plan.destroys:
        return given
    show_beside(view)
    if plan.environment.is_protected:
        answer = ask(f"Type the name of this {plan.environment} database to go on:")
        return Confirmation(yes=False, name=answer)
    return Confirmation(yes=(ask("Go on? [y/N]") or "").lower() in ("y", "yes"))
