"""`alphanest backup prune`: what no rule keeps goes, seen before, one at a time, and whole or not at all."""

import fcntl
import os
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alphanest_db.backup.complete import Backup
from alphanest_db.backup.evidence import Evidence, Level, Outcome, manifest_checksum, write_evidence
from alphanest_db.backup.folder_lock import folder_lock
from alphanest_db.backup.holding import reading
from alphanest_db.backup.in_use import Use, find_use, in_use, release
from alphanest_db.backup.pruning import plan_prune, prune
from alphanest_db.backup.retention import KeepRules
from alphanest_db.backup.store import Store
from alphanest_db.confirmation import Confirmation
from alphanest_db.errors import AlphanestError, ConfirmationNeeded, LockTimeout, Refused
from tests.backup_scenes import SNAPSHOT_AT, put
from tests.conftest import Cli

DAYS = 6


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Six days of backups, `day-0` being the newest."""
    store = Store(tmp_path / "home" / "backups")
    for day in range(DAYS):
        put(store, _id(day), at=SNAPSHOT_AT - timedelta(days=day))
    return store


def _id(day: int) -> str:
    return f"{SNAPSHOT_AT - timedelta(days=day):%Y%m%d-%H%M%S}-alphanest-7c1e"


def days(store: Store) -> list[int]:
    """Which of the six are there."""
    there = {backup.id for backup in store.list().backups}
    return [day for day in range(DAYS) if _id(day) in there]


def verify(backup: Backup, level: Level = Level.restore, outcome: Outcome = Outcome.passed) -> None:
    """Put evidence beside a backup."""
    at = datetime.now(UTC)
    write_evidence(
        backup, Evidence(manifest_checksum(backup), level, outcome, at, "anna", 180004, 1.0, 7, 2, 0, (), ())
    )


def test_dry_run_says_which_and_why_and_removes_nothing(store: Store, cli: Cli) -> None:
    verify(store.get(_id(4)))

    shown = cli("backup", "prune", "--keep-last", "2", "--dry-run")
    listed = cli("backup", "prune", "--keep-last", "2", "--dry-run", "--output", "json").json

    assert (shown.code, days(store)) == (0, [0, 1, 2, 3, 4, 5])
    assert "would remove 3 backups of 6" in shown.out
    assert [(v["backup"]["id"], v["is_kept"]) for v in listed["verdicts"]] == [
        (_id(d), d in (0, 1, 4)) for d in (5, 4, 3, 2, 1, 0)
    ]
    assert "the newest that was restored and found equal" in shown.out


def test_without_a_terminal_it_needs_yes(store: Store, cli: Cli) -> None:
    refused = cli("backup", "prune", "--keep-last", "2")

    assert (refused.code, days(store)) == (3, [0, 1, 2, 3, 4, 5])
    assert "add --yes" in refused.err


def test_what_no_rule_keeps_is_removed(store: Store, cli: Cli) -> None:
    done = cli("backup", "prune", "--keep-last", "2", "--yes", "--output", "json")

    assert (done.code, days(store)) == (0, [0, 1])
    assert done.json["removed"] == [_id(day) for day in (5, 4, 3, 2)]
    assert done.json["freed_bytes"] == 4 * len(b"PGDMP and more")
    assert sorted(path.name for path in store.folder.iterdir() if path.is_dir()) == [_id(1), _id(0)]


def test_empty_policy_is_wrong_usage(store: Store, cli: Cli) -> None:
    for arguments in ((), ("--keep-last", "0"), ("--dry-run",)):
        refused = cli("backup", "prune", "--yes", *arguments)
        assert (refused.code, days(store)) == (2, [0, 1, 2, 3, 4, 5])
    assert cli("backup", "prune", "--keep-last", "-1", "--yes").code == 2


def test_folder_without_backups_is_no_error(cli: Cli, tmp_path: Path) -> None:
    for more in (("--dry-run",), ("--yes",)):
        done = cli("backup", "prune", "--keep-last", "1", "--from", str(tmp_path / "nothing"), *more)
        assert (done.code, done.out.startswith("there are no backups")) == (0, True)
    assert not (tmp_path / "nothing").exists()


def _prune(store: Store, rules: KeepRules, wait_seconds: float = 0) -> tuple[str, ...]:
    return prune(store, rules, plan_prune(store, rules), Confirmation(yes=True), lock_wait_seconds=wait_seconds).removed


def test_failed_and_damaged_ones_take_no_place(store: Store) -> None:
    verify(store.get(_id(0)), outcome=Outcome.failed)
    (store.folder / _id(1) / "dump.pgc.zst").write_bytes(b"cut")

    _prune(store, KeepRules(last=1))

    assert days(store) == [0, 2]  # the failed one is newer than all that are good
    assert (store.folder / _id(1)).is_dir()


def test_one_that_an_unfinished_migration_depends_on_stays(store: Store) -> None:
    backup = store.get(_id(5))
    use = Use("alphanest", "anna@laptop", SNAPSHOT_AT)
    with pytest.raises(ZeroDivisionError), in_use(backup, use):
        raise ZeroDivisionError
    assert "an unfinished migration of alphanest by anna@laptop depends on it" in (find_use(backup.folder) or "")

    _prune(store, KeepRules(last=1))
    assert days(store) == [0, 5]
    (backup.folder / "in-use-by-migration.json").write_text("{")
    _prune(store, KeepRules(last=1))
    assert days(store) == [0, 5]

    release(backup)
    _prune(store, KeepRules(last=1))
    assert days(store) == [0]
    with in_use(store.get(_id(0)), use):
        assert find_use(store.folder / _id(0))
    assert find_use(store.folder / _id(0)) is None


def test_one_that_is_being_read_stays_this_time(store: Store) -> None:
    with reading(store.get(_id(5))):
        _prune(store, KeepRules(last=1))
        assert days(store) == [0, 5]
    _prune(store, KeepRules(last=1))
    assert days(store) == [0]


def test_nothing_is_removed_while_a_backup_is_being_written(store: Store) -> None:
    with store.new("20261125-000000-alphanest-ffff"), pytest.raises(Refused, match=r"being written: 20261125"):
        _prune(store, KeepRules(last=1))
    assert days(store) == [0, 1, 2, 3, 4, 5]


def test_one_prune_at_a_time_and_the_holder_is_named(store: Store) -> None:
    told: list[str] = []
    with folder_lock(store.folder, "prune", wait_seconds=0):
        with pytest.raises(LockTimeout, match=rf"process {os.getpid()} of "):
            _prune(store, KeepRules(last=1))
        again = folder_lock(
            store.folder, "prune", wait_seconds=0.3, progress=lambda _waited, holder: told.append(holder)
        )
        with pytest.raises(LockTimeout), again:
            pass
    assert told
    assert days(store) == [0, 1, 2, 3, 4, 5]


def test_only_what_was_shown_is_removed(store: Store) -> None:
    """A backup that came, and one whose state changed, between the question and the answer."""
    rules = KeepRules(last=1)
    plan = plan_prune(store, rules)
    verify(store.get(_id(3)))
    put(store, "20261126-000000-alphanest-7c1e", at=SNAPSHOT_AT + timedelta(days=2))

    prune(store, rules, plan, Confirmation(yes=True))

    assert days(store) == [0, 3]
    with pytest.raises(ConfirmationNeeded):
        prune(store, rules, replace(plan), Confirmation(yes=False))


def test_killed_at_any_moment_it_leaves_no_half_backup(store: Store, cli: Cli) -> None:
    """The kill comes while the folders go, one after the other; `python -m benchmarks prune` does it a hundred times."""
    for number in range(40):
        put(
            store,
            f"20250101-0000{number:02}-alphanest-7c1e",
            data=os.urandom(1 << 18),
            at=SNAPSHOT_AT - timedelta(days=400 + number),
        )
    process = cli.start("backup", "prune", "--keep-last", "2", "--yes")
    while len(list(store.folder.glob("2025*"))) > 30 and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()

    listing = store.list()
    assert listing.damaged == ()
    assert {0, 1} <= set(days(store))
    after = cli("backup", "prune", "--keep-last", "2", "--yes")
    assert after.code == 0
    assert days(store) == [0, 1]
    assert not list(store.folder.glob(".removed-*"))


def test_lock_file_is_not_followed_elsewhere(store: Store, tmp_path: Path) -> None:
    (store.folder / ".prune.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AlphanestError, match="cannot lock"):
        _prune(store, KeepRules(last=1))
    assert not (tmp_path / "elsewhere").exists()


def test_lock_ends_with_its_process(store: Store) -> None:
    handle = os.open(store.folder / ".prune.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    os.close(handle)
    assert _prune(store, KeepRules(last=1))
