"""A complete backup: a folder with a manifest, and every file that it names."""

import stat
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.backup.manifest import ID_FORM, NAME, Manifest, read_manifest
from alphanest_db.errors import BackupDamaged, BackupNotFound


@dataclass(frozen=True)
class Backup:
    """A complete backup; its folder's name is what it goes by."""

    folder: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        """The name that the user knows it by."""
        return self.folder.name

    @property
    def dump(self) -> Path:
        """The dump's file, or the folder of its files."""
        return self.folder / self.manifest.dump_name


@dataclass(frozen=True)
class DamagedBackup:
    """A backup that cannot be restored, and why."""

    folder: Path
    reason: str

    @property
    def id(self) -> str:
        """The name that the user knows it by."""
        return self.folder.name


def open_backup(folder: Path) -> Backup:
    """The backup in that folder, with each file there and of its size. Raises BackupNotFound and BackupDamaged."""
    if not is_there(folder / NAME):
        if ID_FORM.match(folder.name) and folder.is_dir():
            raise BackupDamaged(folder / NAME, "it is not there")
        raise BackupNotFound(folder.name, folder.parent)
    manifest = read_manifest(folder / NAME)
    for file in manifest.files:
        _check_size(folder / file.path, file.size_bytes)
    return Backup(folder, manifest)


def is_there(path: Path) -> bool:
    """Whether the file exists. Raises BackupDamaged where its folder may not be read."""
    try:
        return path.exists()
    except OSError as error:
        raise BackupDamaged(path, f"it cannot be read: {error.strerror}") from error


def _check_size(path: Path, size_bytes: int) -> None:
    try:
        found = path.lstat()
    except OSError as error:
        raise BackupDamaged(path, "it is not there") from error
    if not stat.S_ISREG(found.st_mode) or path.parent.is_symlink():
        raise BackupDamaged(path, "it is no ordinary file")
    if found.st_size != size_bytes:
        raise BackupDamaged(path, f"it has {found.st_size} bytes instead of {size_bytes}")
