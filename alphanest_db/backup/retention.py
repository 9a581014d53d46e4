"""Which backups are kept, and why: pure, so that it can be tried on hundreds of thousands of histories.

A rule counts sound backups only, of one database and one extent (all of it, or less): a damaged one takes no place from a good one,
nor does a schema the place of the rows. Days, weeks and months are those of UTC that have a backup. Whatever the rules say,
the newest backup that was proved by a restore stays, the newest that was verified at all, and the newest of all.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from alphanest_db.errors import InvalidInput


class Soundness(StrEnum):
    """What is known of a backup's state, the best first."""

    restored = "restored"  # it was restored and found equal
    read = "read"  # every byte was found as it was written
    unproved = "unproved"
    failed = "failed"  # its newest verification
    damaged = "damaged"


@dataclass(frozen=True)
class KeepRules:
    """How many backups are kept: of the newest ones, and the newest ones of so many days, weeks and months."""

    last: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether they would keep nothing."""
        return not any((self.last, self.daily, self.weekly, self.monthly))


@dataclass(frozen=True)
class Candidate:
    """A backup to be judged. `used_by` names who depends on it; `taken_at` is None where it cannot be read."""

    id: str
    series: str
    taken_at: datetime | None
    soundness: Soundness
    size_bytes: int = 0
    used_by: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What happens to a backup, and why."""

    backup: Candidate
    is_kept: bool
    reasons: tuple[str, ...]


_PROVED = (Soundness.restored, Soundness.read)
_SOUND = (*_PROVED, Soundness.unproved)
_OLDEST = datetime.min.replace(tzinfo=UTC)


def judge(backups: Iterable[Candidate], rules: KeepRules) -> tuple[Verdict, ...]:
    """What the rules mean for each backup, the oldest first, which is the order to remove them in.

    Raises InvalidInput for rules that keep nothing.
    """
    if rules.is_empty:
        raise InvalidInput(
            "no rule says which backups to keep",
            "Give one at least: --keep-last, --keep-daily, --keep-weekly or --keep-monthly.",
        )
    series: dict[str, list[Candidate]] = defaultdict(list)
    for backup in sorted(backups, key=_age, reverse=True):
        series[backup.series].append(backup)
    verdicts = [verdict for members in series.values() for verdict in _judge_series(members, rules)]
    return tuple(sorted(verdicts, key=lambda verdict: _age(verdict.backup)))


def _judge_series(newest_first: Sequence[Candidate], rules: KeepRules) -> Iterable[Verdict]:
    reasons: dict[str, list[str]] = defaultdict(list)
    sound = [backup for backup in newest_first if backup.soundness in _SOUND]
    for reason, kept in (*_by_rules(sound, rules), *_by_guards(newest_first, sound)):
        for backup in kept:
            reasons[backup.id].append(reason)
    for backup in newest_first:
        why = tuple(reasons[backup.id]) or (_why_removed(backup),)
        yield Verdict(backup, backup.id in reasons and bool(reasons[backup.id]), why)


def _by_rules(sound: Sequence[Candidate], rules: KeepRules) -> Iterable[tuple[str, Sequence[Candidate]]]:
    yield f"among the last {rules.last}", sound[: rules.last]
    yield f"newest of its day, of {rules.daily}", _newest_of_each(sound, rules.daily, _day)
    yield f"newest of its week, of {rules.weekly}", _newest_of_each(sound, rules.weekly, _week)
    yield f"newest of its month, of {rules.monthly}", _newest_of_each(sound, rules.monthly, _month)


def _by_guards(
    newest_first: Sequence[Candidate], sound: Sequence[Candidate]
) -> Iterable[tuple[str, Sequence[Candidate]]]:
    restored = [backup for backup in sound if backup.soundness is Soundness.restored]
    yield "the newest", sound[:1]
    yield "the newest that was restored and found equal", restored[:1]
    yield "the newest that was verified", [b for b in sound if b.soundness in _PROVED][:1]
    for backup in newest_first:
        if backup.used_by:
            yield backup.used_by, [backup]
        if backup.soundness is Soundness.damaged:
            yield "damaged: look at it, and remove it by hand", [backup]
        if backup.soundness is Soundness.failed and not any(_age(other) > _age(backup) for other in restored):
            yield "its verification failed, and no newer one was restored and found equal", [backup]


def _why_removed(backup: Candidate) -> str:
    failed = backup.soundness is Soundness.failed
    return "its verification failed, and a newer one was restored and found equal" if failed else "no rule keeps it"


def _newest_of_each(
    newest_first: Sequence[Candidate], count: int, period: Callable[[datetime], Hashable]
) -> Sequence[Candidate]:
    newest: dict[Hashable, Candidate] = {}
    for backup in newest_first:
        assert backup.taken_at is not None  # a sound one was read
        newest.setdefault(period(backup.taken_at.astimezone(UTC)), backup)
    return list(newest.values())[:count]


def _day(at: datetime) -> Hashable:
    return at.date()


def _week(at: datetime) -> Hashable:
    return at.isocalendar()[:2]


def _month(at: datetime) -> Hashable:
    return at.year, at.month


def _age(backup: Candidate) -> tuple[datetime, str]:
    return backup.taken_at or _OLDEST, backup.id
