"""A backup is there as a whole or not at all, and says itself whether it is what was written."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alphanest_db.backup.checksums import verify_checksums
from alphanest_db.backup.complete import open_backup
from alphanest_db.backup.folder_lock import gate
from alphanest_db.backup.holding import reading
from alphanest_db.backup.manifest import BackupFile, read_manifest, write_manifest
from alphanest_db.backup.sealed import seal, unseal
from alphanest_db.backup.store import Store
from alphanest_db.errors import (
    AlphanestError,
    BackupDamaged,
    BackupNotFound,
    InvalidInput,
    LockTimeout,
    NotRestorable,
    Refused,
)
from tests.backup_scenes import MANIFEST, SNAPSHOT_AT, flip, put, put_directory
from tests.conftest import ROOT
from tests.rights import as_somebody_else

FIRST, SECOND = "20261124-211203-alphanest-aaaa", "20261124-211203-alphanest-bbbb"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "backups")


def test_manifest_is_read_as_it_was_written(store: Store) -> None:
    backup = put(store, FIRST)

    assert read_manifest(backup.folder / "manifest.json") == backup.manifest
    assert open_backup(backup.folder) == backup


@pytest.mark.parametrize("mask", [1, 0x20, 0x80])
def test_every_flipped_byte_of_a_sealed_document_is_seen(mask: int) -> None:
    document = write_manifest(replace(MANIFEST, id=FIRST))
    accepted = []
    for place in range(len(document)):
        damaged = bytearray(document)
        damaged[place] ^= mask
        try:
            unseal(bytes(damaged), Path("x"))
            accepted.append(place)
        except BackupDamaged:
            pass

    assert accepted == []


@pytest.mark.parametrize(
    "document", [b"", b"{}", b"[]", b"null", b"[" * 100_000, seal({"a": 1})[:-1], seal({"a": 1}) + b"\n", b"\xff" * 9]
)
def test_what_was_not_sealed_is_refused(document: bytes) -> None:
    with pytest.raises(BackupDamaged):
        unseal(document, Path("x"))


def test_manifest_of_a_newer_format_is_refused_as_that(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(seal({"format_version": 2}))

    with pytest.raises(NotRestorable, match="format version 2"):
        read_manifest(tmp_path / "manifest.json")


@pytest.mark.parametrize(
    "path", ["../x", "/etc/passwd", "dump/../../x", "dump.sql/../x", "dump/a/b", "manifest.json", ""]
)
def test_manifest_that_names_files_outside_is_refused(tmp_path: Path, path: str) -> None:
    hostile = replace(MANIFEST, files=(BackupFile(path, 0, ""),))
    (tmp_path / "manifest.json").write_bytes(write_manifest(hostile))

    with pytest.raises(BackupDamaged, match="names files that no backup has"):
        read_manifest(tmp_path / "manifest.json")


def test_list_is_in_order_of_time_and_shows_what_is_damaged(store: Store) -> None:
    newer = put(store, FIRST, at=SNAPSHOT_AT + timedelta(seconds=1))
    older = put(store, SECOND)
    damaged = put(store, "20261124-211203-alphanest-cccc")
    flip(damaged.folder / "manifest.json", 28)
    cut = put(store, "20261124-211203-alphanest-dddd")
    os.truncate(cut.dump, 3)
    bare = store.folder / "20261124-211203-alphanest-eeee"
    bare.mkdir()
    (store.folder / "somebody-else's").mkdir()

    listing = store.list()

    assert listing.backups == (newer, older)
    assert [(item.id[-4:], item.reason.rpartition(": ")[2]) for item in listing.damaged] == [
        ("eeee", "it is not there"),
        ("dddd", "it has 3 bytes instead of 14"),
        ("cccc", "its own SHA-256 does not fit"),
    ]
    assert (store.folder / "somebody-else's").exists()


def test_folder_that_is_not_there_holds_nothing(store: Store) -> None:
    listing = store.list()

    assert (listing.backups, listing.damaged, store.clean()) == ((), (), ())
    assert not store.folder.exists()


def test_backup_goes_by_name_beginning_path_and_latest(store: Store) -> None:
    first = put(store, FIRST, at=SNAPSHOT_AT + timedelta(hours=1), database="other")
    second = put(store, SECOND)

    assert store.get(FIRST) == store.get(FIRST[:-2]) == store.get(str(first.folder)) == store.get("latest") == first
    assert store.get("latest", database="alphanest") == second
    with pytest.raises(InvalidInput, match="may be any of 2 backups"):
        store.get("2026")
    for unknown in ("1999", "", str(store.folder / "nothing"), "/"):
        with pytest.raises(BackupNotFound):
            store.get(unknown)
    with pytest.raises(BackupNotFound, match="latest of third"):
        store.get("latest", database="third")


def test_what_was_not_completed_is_gone(store: Store) -> None:
    with store.new(FIRST) as unfinished:
        (unfinished.folder / "dump.pgc").write_bytes(b"x")

    assert [path.name for path in store.folder.iterdir()] == [".lock"]


def test_folders_and_files_are_the_owners_alone(store: Store) -> None:
    backup = put(store, FIRST)

    modes = {path.stat().st_mode & 0o777 for path in (store.folder, backup.folder)}
    assert modes == {0o700}
    assert (backup.folder / "manifest.json").stat().st_mode & 0o777 == 0o600


def test_left_overs_of_the_dead_are_removed_and_those_of_the_living_are_not(store: Store) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom alphanest_db.backup.store import Store\n"
        f"with Store(Path(sys.argv[1])).new({FIRST!r}):\n    print('ready', flush=True)\n    time.sleep(600)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(store.folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process, process.stdout:
        process.stdout.readline()
        assert store.clean() == ()
        process.send_signal(signal.SIGKILL)
        process.wait()

    assert store.clean() == (FIRST,)
    assert [path.name for path in store.folder.iterdir()] == [".lock"]


def test_backup_that_is_being_read_is_not_removed(store: Store) -> None:
    backup = put(store, FIRST)
    with reading(backup), pytest.raises(Refused, match="is being read"):
        store.remove(backup)

    store.remove(backup)

    assert store.list().backups == ()
    with pytest.raises(BackupNotFound), reading(backup):
        pass


def test_checksums_see_every_flipped_byte(store: Store) -> None:
    backup = put(store, FIRST, data=bytes(range(256)))
    assert verify_checksums(backup).size_bytes == 256

    for place in range(256):
        flip(backup.dump, place)
        with pytest.raises(BackupDamaged, match=r"dump\.pgc\.zst: its SHA-256"):
            verify_checksums(backup)
        flip(backup.dump, place)
    verify_checksums(backup)


def test_checksums_see_a_manifest_that_was_exchanged(store: Store) -> None:
    backup = put(store, FIRST)
    (backup.folder / "manifest.json").write_bytes(write_manifest(replace(backup.manifest, note="mine")))

    with pytest.raises(BackupDamaged, match="has changed since it was read"):
        verify_checksums(backup)


def test_file_that_was_added_to_a_directory_dump_is_seen(store: Store) -> None:
    backup = put_directory(store, FIRST, {"toc.dat": b"x", "12.dat": b"y"})
    verify_checksums(backup)
    (backup.dump / "toc.dat.gz").write_bytes(b"z")

    with pytest.raises(BackupDamaged, match=r"toc\.dat\.gz: it is not in the manifest"):
        verify_checksums(backup)


def test_nobody_waits_for_a_manifest_that_is_a_pipe(store: Store) -> None:
    backup = put(store, FIRST)
    (backup.folder / "manifest.json").unlink()
    os.mkfifo(backup.folder / "manifest.json")

    with pytest.raises(BackupDamaged, match="no ordinary file"):
        open_backup(backup.folder)


def test_link_in_the_place_of_a_file_is_refused(store: Store, tmp_path: Path) -> None:
    backup = put(store, FIRST)
    elsewhere = tmp_path / "elsewhere"
    backup.dump.rename(elsewhere)
    backup.dump.symlink_to(elsewhere)

    with pytest.raises(BackupDamaged, match="no ordinary file"):
        open_backup(backup.folder)
    with pytest.raises(BackupDamaged, match="cannot be read"):
        verify_checksums(backup)


def test_a_lock_file_that_is_a_link_is_not_followed_and_the_reason_is_said(tmp_path: Path) -> None:
    (tmp_path / ".lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AlphanestError, match=r"cannot lock .*\.lock") as told:
        Store(tmp_path).clean()
    assert told.value.hint
    assert not (tmp_path / "elsewhere").exists()


@pytest.fixture
def shut() -> Iterator[Path]:
    """A folder of backups that somebody else may look into, with one backup that he may neither read nor remove."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "backups"
        folder.mkdir()
        Path(name).chmod(0o755)
        yield folder
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755)


def test_a_backup_that_may_not_be_read_is_damaged_and_hides_no_other(shut: Path) -> None:
    closed, other = put(Store(shut), FIRST), put(Store(shut), SECOND)
    for path in (other.folder, *other.folder.iterdir()):
        path.chmod(0o755)
    closed.folder.chmod(0)
    (shut / "nothing of ours").mkdir(mode=0)
    with as_somebody_else():
        found = Store(shut).list()
        with pytest.raises(BackupDamaged, match="Permission denied"), reading(closed):
            raise AssertionError
    assert [backup.id for backup in found.backups] == [other.id]
    assert [(item.id, "Permission denied" in item.reason) for item in found.damaged] == [(closed.id, True)]


def test_a_backup_that_may_not_be_removed_is_not_said_to_be_gone(shut: Path) -> None:
    backup = put(Store(shut), FIRST)
    backup.folder.chmod(0o555)
    shut.chmod(0o777)
    with as_somebody_else(), pytest.raises(AlphanestError, match="cannot be removed: Permission denied"):
        Store(shut).remove(backup)


def test_the_wait_for_the_momentary_lock_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alphanest_db.backup.folder_lock._GATE_SECONDS", 0.2)
    with gate(tmp_path), pytest.raises(LockTimeout, match=f"process {os.getpid()} of "):
        Store(tmp_path).clean()
