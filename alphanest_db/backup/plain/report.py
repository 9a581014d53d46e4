"""What restoring a plain dump came to."""

from collections.abc import Callable
from dataclasses import dataclass

# Gets the bytes read so far, and the table or statement at hand.
PlainProgress = Callable[[int, str], None]


# Why a statement about a database as such is left out.
ABOUT_DATABASE = "it is about the dumped database, not about this one"


@dataclass(frozen=True)
class Skipped:
    """A statement that was left out, and why."""

    line: int
    statement: str
    reason: str


@dataclass(frozen=True)
class ViolatedKey:
    """A foreign key that the dumped rows violate; `added` tells whether it is there all the same, NOT VALID.

    With `by_partition` each partition has it, because the server takes none that is NOT VALID for all of them (before 18).
    """

    line: int
    statement: str
    added: bool
    by_partition: bool = False


@dataclass(frozen=True)
class PlainReport:
    """`rows` counts those that came by COPY."""

    statements: int
    rows: int
    skipped: tuple[Skipped, ...]
    violated_keys: tuple[ViolatedKey, ...]
