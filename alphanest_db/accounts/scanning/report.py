"""What a scan comes to: whose keys leaked where, without the keys."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from alphanest_db.accounts.key_form import shown_form, with_keys_hidden
from alphanest_db.accounts.scanning.model import Found, Holder, Leak, LookedAt, Owner, Scanned, ScanReport, Skipped


def report_scan(scanned: Scanned, holders: Mapping[str, Sequence[Holder]] | None) -> ScanReport:
    """The report; `holders` is who has which key, None where no database was asked.

    What only might be a key is one where somebody has it, and else is left out.
    """
    known = holders or {}
    leaks = [_leak(item, owner) for item in scanned.found for owner in _owners(item, known.get(item.key, ()))]
    return ScanReport(holders is not None, tuple(leaks), _without_keys(scanned.looked_at))


def _owners(item: Found, holders: Sequence[Holder]) -> Sequence[Owner | None]:
    owners = [owner for owner, _key in holders]
    return owners or ([None] if item.is_certain else [])


def _leak(item: Found, owner: Owner | None) -> Leak:
    place = with_keys_hidden(item.place)  # files are named after their key, too
    return Leak(shown_form(item.key), place, item.line, item.commit, item.is_reachable, owner)


def _without_keys(looked_at: LookedAt) -> LookedAt:
    skipped = [Skipped(with_keys_hidden(item.place), with_keys_hidden(item.reason)) for item in looked_at.skipped]
    return replace(looked_at, skipped=tuple(skipped), notes=tuple(map(with_keys_hidden, looked_at.notes)))
