"""What a record of an export becomes: rows to be staged, or rejections with every reason."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from alphanest_db.seeding.local_storage.accounts import Accounts
from alphanest_db.seeding.local_storage.booths import staged_booth
from alphanest_db.seeding.local_storage.fields import Fields, fitting_id
from alphanest_db.seeding.local_storage.items import staged_item
from alphanest_db.seeding.local_storage.reading import Kind, Record
from alphanest_db.seeding.local_storage.staged import Staged
from alphanest_db.seeding.local_storage.users import staged_user


@dataclass(frozen=True)
class Rejected:
    """A record that cannot come in; `user_id` is whose it would have been, where it is a user."""

    record: Record
    problems: tuple[str, ...]
    user_id: str | None = None


class Translator:
    """Numbers the rows of one file, in the order in which they stand there."""

    def __init__(self, accounts: Accounts, now: datetime) -> None:
        self._accounts = accounts
        self._now = now
        self._place = 0

    def rows_of(self, record: Record) -> Iterator[Staged | Rejected]:
        """The row of the record, and those of the items in it."""
        if record.flaw or not isinstance(record.value, dict):
            yield Rejected(record, (record.flaw or "it is not an object",), _user_id(record))
        else:
            yield self._row(record)
        if record.kind is Kind.booth:
            owner = _id_in(record, "userId")
            for listing in _listings(record):
                yield self._listing(listing, owner)

    def _row(self, record: Record) -> Staged | Rejected:
        fields, self._place = Fields(record.value, self._now), self._place + 1
        row: Staged
        match record.kind:
            case Kind.user:
                row = staged_user(record, fields, self._place, self._accounts)
            case Kind.booth:
                row = staged_booth(record, fields, self._place, self._accounts)
            case Kind.item:
                row = staged_item(record, fields, self._place)
        return Rejected(record, tuple(fields.problems), _user_id(record)) if fields.problems else row

    def _listing(self, record: Record, owner: str) -> Staged | Rejected:
        if record.flaw or not isinstance(record.value, dict):
            return Rejected(record, (record.flaw or "it is not an object",))
        fields, self._place = Fields(record.value, self._now), self._place + 1
        row = staged_item(record, fields, self._place, listed_by=owner)
        return Rejected(record, tuple(fields.problems)) if fields.problems else row


def _listings(booth: Record) -> Iterator[Record]:
    """The items in a booth; where the booth has a flaw, nobody knows in which of them it is."""
    listings = booth.value.get("listings") if isinstance(booth.value, dict) else None
    flaw = f"in its booth, {booth.flaw}" if booth.flaw else None
    for number, value in enumerate(listings if isinstance(listings, list) else ()):
        text = "" if flaw else json.dumps(value, ensure_ascii=False)
        yield Record(Kind.item, f"{booth.path}.listings[{number}]", booth.place, value, text, flaw)


def _user_id(record: Record) -> str | None:
    return (_id_in(record, "id") or None) if record.kind is Kind.user and not record.flaw else None


def _id_in(record: Record, name: str) -> str:
    given = record.value.get(name) if isinstance(record.value, dict) else None
    return fitting_id(given) if isinstance(given, str) and given.strip() and not record.flaw else ""
