"""What an import has to know of accounts, and is given: the rules for names, and how a user is registered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case


@dataclass(frozen=True)
class Newcomer:
    """Somebody who is to be registered, with the times that an export gives."""

    id: str
    username: str
    email: str
    avatar: str
    created_at: datetime
    updated_at: datetime


class Accounts(Protocol):
    """The rules and the rows of accounts; importing does not know how passwords and keys are made."""

    def username_problems(self, username: str) -> Sequence[str]:
        """What is wrong with the username."""
        ...

    def email_problems(self, email: str) -> Sequence[str]:
        """What is wrong with the e-mail."""
        ...

    def is_avatar(self, avatar: str) -> bool:
        """Whether the column can hold it."""
        ...

    def prepare(self, ids: Iterable[str]) -> None:
        """Do what takes long for these users before anybody has to wait for us."""
        ...

    def lock(self, connection: Connection) -> None:
        """Let nobody else of ours give a name until the transaction ends."""
        ...

    def register(self, connection: Connection, people: Sequence[Newcomer]) -> None:
        """Put in the users, each with an API key, a trial subscription and a booth."""
        ...

    def complete(self, connection: Connection, people: Sequence[Newcomer], *, booth: bool) -> None:
        """Give users who are there the booth, or else the subscription, that they lack."""
        ...

    def settle(self) -> None:
        """Called before a commit: whatever was made up for the users is on the disk when this returns."""
        ...

    def forget(self) -> None:
        """Called after a rollback: nobody was registered."""
        ...
