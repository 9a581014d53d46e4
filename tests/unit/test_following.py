"""The SHA-256 of files that grow is that of what they hold in the end."""

import hashlib
from pathlib import Path

from alphanest_db.backup.following import FollowedFolder
from alphanest_db.backup.manifest import BackupFile


def test_files_are_hashed_while_they_grow(tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    with FollowedFolder(folder, 2) as followed:
        assert followed.follow() == 0  # nothing is there yet
        folder.mkdir()
        for number in range(1, 4):
            for name in ("1.dat", "2.dat"):
                with (folder / name).open("ab") as file:
                    file.write(bytes([number]) * 3_000_000)
            assert followed.follow() == number * 6_000_000
        (folder / "toc.dat").write_bytes(b"contents")
        found = followed.finished()

    rows = b"".join(bytes([number]) * 3_000_000 for number in range(1, 4))
    assert found == (file_of("dump/1.dat", rows), file_of("dump/2.dat", rows), file_of("dump/toc.dat", b"contents"))


def test_a_file_that_is_begun_anew_or_removed_is_hashed_as_it_is_in_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "dump"
    folder.mkdir()
    (folder / "1.dat").write_bytes(b"longer")
    (folder / "2.dat").write_bytes(b"gone")
    with FollowedFolder(folder, 1) as followed:
        followed.follow()
        (folder / "1.dat").write_bytes(b"short")
        (folder / "2.dat").unlink()
        found = followed.finished()

    assert found == (file_of("dump/1.dat", b"short"),)


def file_of(path: str, content: bytes) -> BackupFile:
    """What is to be known of it."""
    return BackupFile(path, len(content), hashlib.sha256(content).hexdigest())
