"""What pg_restore complained of, by what is to be done about it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alphanest_db.backup.plain.report import Skipped
from alphanest_db.errors import DumpNotRestored
from alphanest_db.programs.failures import Complaint

_VIOLATED = re.compile(r"violates foreign key constraint")
_NO_ROLE = re.compile(
    r'^role "(?P<role>.*)" does not exist$|^must be (?:member of|able to SET) (?:role|ROLE) "(?P<other>.*)"$'
)
# An owner must be allowed to create what it owns, there; what it is granted comes last.
_MAY_NOT_OWN = re.compile(r"^permission denied for (?:schema|database) ")


@dataclass(frozen=True)
class Sorted:
    """The same, sorted: rows that violate foreign keys, owners that are missing, and all others."""

    has_violations: bool
    owners: tuple[Complaint, ...]
    fatal: tuple[Complaint, ...]


def sort_complaints(complaints: Sequence[Complaint]) -> Sorted:
    """What can be made good, what is only told, and what ends the restore.

    >>> found = sort_complaints([Complaint('role "anna" does not exist', command="ALTER TABLE")])
    >>> found.has_violations, len(found.owners), len(found.fatal)
    (False, 1, 0)
    >>> len(sort_complaints([Complaint('insert on table "t" violates foreign key constraint "k"')]).fatal)  # of COPY: rows are lost
    1
    """
    owners = tuple(item for item in complaints if _is_about_owner(item))
    violations = tuple(item for item in complaints if _is_about_key(item))
    others = tuple(item for item in complaints if item not in (*owners, *violations))
    return Sorted(bool(violations), owners, others)


def _is_about_key(complaint: Complaint) -> bool:
    """ALTER TABLE … ADD a key that rows violate. Rows that violate one that is there already were not loaded."""
    return bool(_VIOLATED.search(complaint.message)) and (complaint.command or "").startswith("ALTER TABLE")


def _is_about_owner(complaint: Complaint) -> bool:
    """ALTER … OWNER TO somebody who is not here, or may not. A policy for them would be lost as a whole, and is no such thing."""
    is_missing = bool(_NO_ROLE.match(complaint.message)) and (complaint.command or "").startswith("ALTER ")
    return is_missing or (complaint.sets_owner and bool(_MAY_NOT_OWN.match(complaint.message)))


def skipped(complaints: Sequence[Complaint]) -> Iterator[Skipped]:
    """Ownerships that were left out, to be told."""
    for complaint in complaints:
        yield Skipped(0, f"{complaint.command} … OWNER", complaint.message)


def not_restored(complaints: Sequence[Complaint]) -> DumpNotRestored:
    """The error for what ends the restore."""
    first = complaints[0]
    where = f" ({first.command})" if first.command else ""
    more = f", and {len(complaints) - 1} more" if len(complaints) > 1 else ""
    return DumpNotRestored(f"pg_restore failed: {first.message}{where}{more}", 0, None)
