"""Takes the fields of a record, each as what it must be; what is wrong is gathered, and what nobody took is left over."""

import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from alphanest_db.seeding.texts import can_be_id

# Any in this file: whatever JSON can hold.

USER_ID_LENGTH = 36
_NAMESPACE = uuid.UUID("3f0e7f0c-6f5e-4f3a-9a53-4c6cde3c1f0a")
_LARGEST_COUNT = 2_147_483_647  # PostgreSQL's integer
_EARLIEST = 100_000_000_000  # March 1973: what is below counts seconds
_TOLERANCE = timedelta(minutes=5)  # clocks differ a little
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)  # what JSON.stringify makes of a Date


@dataclass
class Fields:
    """The fields of one record, or of a part of it; `within` is the part's name, with a full stop."""

    values: dict[str, Any]
    now: datetime
    within: str = ""
    problems: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def text(self, name: str, *, longest: int | None = None, default: str | None = None) -> str | None:
        """A text, or the default where there is none."""
        value = self._take(name)
        if value is None or not self._is(name, value, str, "text"):
            return default
        if longest is not None and len(value) > longest:
            self._wrong(name, f"has more than {longest} characters")
        return str(value)

    def required_text(self, name: str, *, longest: int | None = None) -> str:
        """A text that must be there, and hold something."""
        before = len(self.problems)
        value = self.text(name, longest=longest) or ""
        if not value.strip() and len(self.problems) == before:
            self._wrong(name, "is missing")
        return value

    def id(self, name: str, *, longest: int = USER_ID_LENGTH) -> str:
        """The id as it will be stored: the given one where it fits, else one that always comes out of it."""
        given = self.required_text(name)
        return fitting_id(given, longest) if given else ""

    def choice(self, name: str, choices: Collection[str], default: str | None = None) -> str:
        """One of the choices; it must be there where there is no default."""
        value = self.text(name, default=default)
        if value not in choices:
            self._wrong(name, "is missing" if value is None else f"is none of {', '.join(choices)}")
        return value or ""

    def flag(self, name: str) -> bool:
        """True or false; false where it is missing."""
        value = self._take(name)
        return value is not None and self._is(name, value, bool, "true or false") and bool(value)

    def number(self, name: str, *, required: bool = False) -> float:
        """A number that is not negative; zero where it is missing."""
        value = self._take(name)
        if value is None:
            if required:
                self._wrong(name, "is missing")
            return 0.0
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._wrong(name, "is not a number")
            return 0.0
        if value < 0:
            self._wrong(name, "is negative")
        return float(value) or 0.0  # JavaScript knows a -0

    def count(self, name: str) -> int:
        """A whole number that is not negative; a fraction is rounded, as the columns for it have none."""
        value = self.number(name)
        if value > _LARGEST_COUNT:
            self._wrong(name, f"is more than {_LARGEST_COUNT:,}")
        return round(min(value, _LARGEST_COUNT))

    def milliseconds(self, name: str, *, required: bool = False) -> int | None:
        """A time in whole milliseconds since 1970, not in the future; fractions of them are dropped. A Date is one, too."""
        given = self.values.get(name)
        if given is None and not required:
            self.taken.add(name)
            return None
        before = len(self.problems)
        value = self._date(name, given) or self.number(name, required=required)
        if len(self.problems) == before and value < _EARLIEST:
            self._wrong(name, "does not count milliseconds")
        elif value > (self.now + _TOLERANCE - _EPOCH) / timedelta(milliseconds=1):
            self._wrong(name, "lies in the future")
        return int(value) if len(self.problems) == before else None

    def part(self, name: str) -> "Fields":
        """The fields of an object within the record; none where it is missing."""
        value = self._take(name)
        is_object = value is not None and self._is(name, value, dict, "an object")
        return Fields(value if is_object else {}, self.now, f"{self.within}{name}.", self.problems)

    def list(self, name: str) -> list[Any]:
        """The elements of a list; none where it is missing."""
        value = self._take(name)
        return list(value) if value is not None and self._is(name, value, list, "a list") else []

    def wrong(self, problem: str) -> None:
        """Something else is wrong with the record."""
        self.problems.append(problem)

    def rest(self, *dropped: str) -> dict[str, Any]:
        """What nobody took, without what may be dropped."""
        return {key: value for key, value in self.values.items() if key not in self.taken and key not in dropped}

    def _date(self, name: str, given: Any) -> float | None:
        milliseconds = _milliseconds_of(given) if isinstance(given, str) else None
        if milliseconds is not None:
            self.taken.add(name)
        return milliseconds

    def _take(self, name: str) -> Any:
        self.taken.add(name)
        return self.values.get(name)

    def _is(self, name: str, value: Any, kind: type, called: str) -> bool:
        if isinstance(value, kind):
            return True
        self._wrong(name, f"is not {called}")
        return False

    def _wrong(self, name: str, problem: str) -> None:
        self.problems.append(f"{self.within}{name} {problem}")


def fitting_id(given: str, longest: int = USER_ID_LENGTH) -> str:
    """The id itself where a column of that width can hold it, else a UUID, the same one each time.

    >>> fitting_id("demo_user_1")
    'demo_user_1'
    """
    return given if can_be_id(given, longest) else str(uuid.uuid5(_NAMESPACE, given))


def _milliseconds_of(date: str) -> float | None:
    """Since 1970, where the text is a Date as JavaScript writes one.

    >>> _milliseconds_of("2023-11-14T22:13:20.123Z"), _milliseconds_of("yesterday")
    (1700000000123.0, None)
    """
    try:
        moment = datetime.fromisoformat(date) if _DATE.fullmatch(date) else None
    except ValueError:  # a month 13
        return None
    return (moment - _EPOCH) // timedelta(milliseconds=1) * 1.0 if moment else None


def time_of(milliseconds: int | None) -> str | None:
    """Milliseconds since 1970 as PostgreSQL reads a time.

    >>> time_of(1_700_000_000_123)
    '2023-11-14T22:13:20.123000+00:00'
    """
    if milliseconds is None:
        return None
    return (_EPOCH + timedelta(milliseconds=milliseconds)).isoformat(timespec="microseconds")
