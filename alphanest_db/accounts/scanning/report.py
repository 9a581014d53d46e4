"""What a scan comes to: whose keys leaked where, without the keys."""

from collections.abc import Mapping, Sequence

from alphanest_db.accounts.key_form import shown_form
from alphanest_db.accounts.scanning.model import Found, Holder, Leak, Owner, Scanned, ScanReport


def report_scan(scanned: Scanned, holders: Mapping[str, Sequence[Holder]] | None) -> ScanReport:
    """The report; `holders` is who has which key, None where no database was asked.

    What only might be a key is one where somebody has it, and else is left out.
    """
    known = holders or {}
    leaks = [_leak(item, owner) for item in scanned.found for owner in _owners(item, known.get(item.key, ()))]
    return ScanReport(holders is not None, tuple(leaks), scanned.looked_at)


def _owners(item: Found, holders: Sequence[Holder]) -> Sequence[Owner | None]:
    owners = [owner for owner, _key in holders]
    return owners or ([None] if item.is_certain else [])


def _leak(item: Found, owner: Owner | None) -> Leak:
    return Leak(shown_form(item.key), item.place, item.line, item.commit, item.is_reachable, owner)
