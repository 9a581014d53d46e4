"""Which backups the rules keep; whatever they are, the newest proved one stays."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alphanest_db.backup.retention import Candidate, KeepRules, Soundness, judge
from alphanest_db.errors import InvalidInput

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SOUND = (Soundness.restored, Soundness.read, Soundness.unproved)


def taken(
    days_ago: float, soundness: Soundness = Soundness.unproved, *, series: str = "nest", **facts: str
) -> Candidate:
    """A backup of that age."""
    return Candidate(
        f"{series}-{days_ago}", series, NOON - timedelta(days=days_ago), soundness, 10, facts.get("used_by")
    )


def kept(backups: list[Candidate], rules: KeepRules) -> list[str]:
    """The names of those that stay, the oldest first."""
    return [verdict.backup.id for verdict in judge(backups, rules) if verdict.is_kept]


def test_rules_that_keep_nothing_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no rule"):
        judge([taken(1)], KeepRules())


def test_each_rule_counts_what_there_is() -> None:
    many = [taken(days) for days in (0, 0.25, 1, 1.25, 2, 9, 16, 40, 70, 200)]

    assert kept(many, KeepRules(last=3)) == ["nest-1", "nest-0.25", "nest-0"]
    assert kept(many, KeepRules(daily=3)) == ["nest-2", "nest-1", "nest-0"]
    assert kept(many, KeepRules(weekly=3)) == ["nest-9", "nest-2", "nest-0"]
    assert kept(many, KeepRules(monthly=4)) == ["nest-200", "nest-70", "nest-40", "nest-0"]
    assert kept(many, KeepRules(last=2, monthly=2)) == ["nest-40", "nest-0.25", "nest-0"]


def test_weeks_are_those_of_the_calendar_across_new_year() -> None:
    monday = datetime(2026, 12, 28, 9, tzinfo=UTC)
    week = [Candidate(str(day), "nest", monday + timedelta(days=day), Soundness.unproved) for day in range(-1, 8)]

    assert kept(week, KeepRules(weekly=2)) == ["6", "7"]


def test_newest_verified_one_stays_though_no_rule_keeps_it() -> None:
    backups = [
        taken(0),
        taken(1),
        taken(8, Soundness.read),
        taken(9, Soundness.restored),
        taken(10, Soundness.restored),
    ]

    verdicts = {verdict.backup.id: verdict for verdict in judge(backups, KeepRules(last=1))}

    assert [name for name, verdict in verdicts.items() if verdict.is_kept] == ["nest-9", "nest-8", "nest-0"]
    assert verdicts["nest-9"].reasons == ("the newest that was restored and found equal",)
    assert verdicts["nest-8"].reasons == ("the newest that was verified",)
    assert verdicts["nest-10"].reasons == ("no rule keeps it",)


def test_bad_ones_take_no_place_and_go_only_when_something_newer_is_good() -> None:
    unproved = [taken(0, Soundness.failed), taken(1), taken(2, Soundness.failed), taken(3)]
    proved = [taken(0, Soundness.failed), taken(1, Soundness.restored), taken(2, Soundness.failed), taken(3)]

    assert kept(unproved, KeepRules(last=1)) == ["nest-2", "nest-1", "nest-0"]
    assert kept(proved, KeepRules(last=1)) == ["nest-1", "nest-0"]
    assert kept([taken(1, Soundness.failed), taken(2, Soundness.failed)], KeepRules(last=1)) == ["nest-2", "nest-1"]


def test_damaged_ones_are_left_to_people() -> None:
    damaged = Candidate("broken", "damaged", None, Soundness.damaged)

    assert kept([damaged, taken(1), taken(2)], KeepRules(last=1)) == ["broken", "nest-1"]


def test_databases_and_extents_are_counted_apart() -> None:
    backups = [taken(days, series=series) for series in ("nest", "other", "schema of nest") for days in (1, 2)]

    assert sorted(kept(backups, KeepRules(last=1))) == ["nest-1", "other-1", "schema of nest-1"]


def test_one_that_a_migration_depends_on_stays() -> None:
    backups = [taken(1), taken(2), taken(30, used_by="an unfinished migration depends on it")]

    verdicts = judge(backups, KeepRules(last=1))

    assert verdicts[0].is_kept
    assert verdicts[0].reasons == ("an unfinished migration depends on it",)


_CANDIDATES = st.builds(
    Candidate,
    id=st.uuids().map(str),
    series=st.sampled_from(["a", "b"]),
    taken_at=st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    soundness=st.sampled_from([*SOUND, Soundness.failed]),
    used_by=st.sampled_from([None, None, None, "a migration"]),
)
_RULES = st.builds(KeepRules, *[st.integers(0, 5)] * 4).filter(lambda rules: not rules.is_empty)


@settings(max_examples=300)
@given(st.lists(_CANDIDATES, max_size=25, unique_by=lambda item: item.id), _RULES)
def test_whatever_happened_the_newest_proved_one_stays(history: list[Candidate], rules: KeepRules) -> None:
    check_history(history, rules)


def check_history(history: list[Candidate], rules: KeepRules) -> None:
    """What must hold for every history; the benchmark tries a hundred thousand."""
    verdicts = judge(history, rules)
    remaining = [verdict.backup for verdict in verdicts if verdict.is_kept]
    assert sorted(verdict.backup.id for verdict in verdicts) == sorted(backup.id for backup in history)
    assert all(verdict.reasons for verdict in verdicts)
    for series in {backup.series for backup in history}:
        before = [backup for backup in history if backup.series == series]
        after = [backup for backup in remaining if backup.series == series]
        for states in ((Soundness.restored,), (Soundness.restored, Soundness.read), SOUND):
            assert _newest(before, states) == _newest(after, states)
        sound = [backup for backup in after if backup.soundness in SOUND]
        assert len(sound) >= min(rules.last, len([backup for backup in before if backup.soundness in SOUND]))
        assert after or not before
    assert all(backup in remaining for backup in history if backup.used_by)
    again = judge(remaining, rules)
    assert all(verdict.is_kept for verdict in again), "pruning twice removes more than pruning once"


def _newest(backups: list[Candidate], states: tuple[Soundness, ...]) -> Candidate | None:
    fitting = [backup for backup in backups if backup.soundness in states]
    return max(fitting, key=lambda backup: (backup.taken_at, backup.id), default=None)
