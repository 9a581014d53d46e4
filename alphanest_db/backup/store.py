"""A folder of backups: what is in it, and how one gets in whole or not at all."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.backup.complete import Backup, DamagedBackup, is_there, open_backup
from alphanest_db.backup.durable import remove_tree, sync_folder, sync_tree, write_file
from alphanest_db.backup.folder_lock import gate
from alphanest_db.backup.holding import is_held, locked
from alphanest_db.backup.manifest import ID_FORM, NAME, Manifest, write_manifest
from alphanest_db.errors import AlphanestError, BackupDamaged, BackupNotFound, InvalidInput, Refused

LATEST = "latest"
_UNFINISHED = ".partial-"
_REMOVED = ".removed-"


@dataclass(frozen=True)
class Listing:
    """What a folder holds, the newest first."""

    folder: Path
    backups: tuple[Backup, ...]
    damaged: tuple[DamagedBackup, ...]


class UnfinishedBackup:
    """A backup that is being written, in a hidden folder that others leave alone while we live."""

    def __init__(self, folder: Path, final: Path) -> None:
        self.folder = folder
        self.id = final.name
        self._final = final

    def complete(self, manifest: Manifest) -> Backup:
        """Put it among the others: all its bytes are on the disk before its name is."""
        sync_tree(self.folder)
        write_file(self.folder / NAME, write_manifest(manifest))
        self.folder.rename(self._final)
        sync_folder(self._final.parent)
        return Backup(self._final, manifest)


class Store:
    """The backups in one folder. Whatever else is there is left alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list(self) -> Listing:
        """All backups, read by their manifests and the sizes of their files; a folder that is not there holds none."""
        found = [_look(folder) for folder in _folders_in(self.folder)]
        backups = [item for item in found if isinstance(item, Backup)]
        backups.sort(key=lambda backup: (backup.manifest.snapshot_at, backup.id), reverse=True)
        damaged = [item for item in found if isinstance(item, DamagedBackup)]
        return Listing(self.folder, tuple(backups), tuple(sorted(damaged, key=lambda item: item.id, reverse=True)))

    def get(self, wanted: str, *, database: str | None = None) -> Backup:
        """The backup that goes by that name, by the beginning of it, by its path, or as `latest` (of `database`).

        Raises BackupNotFound, BackupDamaged, and InvalidInput where several begin like that.
        """
        if os.sep in wanted:
            return open_backup(Path(wanted))
        if wanted == LATEST:
            return self._latest(database)
        folders = _folders_in(self.folder)
        fitting = [f for f in folders if f.name == wanted] or [
            f for f in folders if wanted and f.name.startswith(wanted)
        ]
        if len(fitting) > 1:
            names = ", ".join(sorted(folder.name for folder in fitting)[:5])
            raise InvalidInput(f"{wanted!r} may be any of {len(fitting)} backups: {names}", "Type more of the name.")
        if not fitting:
            raise BackupNotFound(wanted, self.folder)
        return open_backup(fitting[0])

    @contextlib.contextmanager
    def new(self, backup_id: str) -> Iterator[UnfinishedBackup]:
        """A hidden folder to write a backup into; it is gone on leaving, unless the backup was completed."""
        self._make()
        partial = self.folder / f"{_UNFINISHED}{backup_id}"
        with gate(self.folder):
            partial.mkdir(mode=0o700)
            hold = locked(partial, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield UnfinishedBackup(partial, self.folder / backup_id)
        finally:
            with contextlib.suppress(OSError):  # whoever cleans up next tries again
                remove_tree(partial)
            os.close(hold)

    def clean(self) -> tuple[str, ...]:
        """Remove what killed processes left half written or half removed; returns the names that those would have had."""
        if not self.folder.is_dir():
            return ()
        with gate(self.folder):
            return tuple(sorted(name for path in self._left_over() if (name := _cleaned(path))))

    def being_written(self) -> tuple[str, ...]:
        """The names of the backups that living processes are writing at this moment."""
        if not self.folder.is_dir():
            return ()
        with gate(self.folder):
            partial = [path for path in self.folder.iterdir() if path.name.startswith(_UNFINISHED) and path.is_dir()]
            return tuple(sorted(path.name.removeprefix(_UNFINISHED) for path in partial if is_held(path)))

    def remove(self, backup: Backup | DamagedBackup) -> None:
        """Remove a backup: its name first. Raises Refused where somebody is reading it, and AlphanestError where it may not go."""
        try:
            hold = locked(backup.folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(f"the backup {backup.id} is being read", "Try again later.") from error
        except OSError as error:
            raise _not_removed(backup.id, error) from error
        try:
            hidden = backup.folder.with_name(f"{_REMOVED}{backup.id}")
            backup.folder.rename(hidden)
            sync_folder(self.folder)
            remove_tree(hidden)
        except OSError as error:
            raise _not_removed(backup.id, error) from error
        finally:
            os.close(hold)

    def _latest(self, database: str | None) -> Backup:
        fitting = [b for b in self.list().backups if database in (None, b.manifest.database)]
        if not fitting:
            raise BackupNotFound(LATEST if database is None else f"{LATEST} of {database}", self.folder)
        return fitting[0]

    def _left_over(self) -> Iterator[Path]:
        for path in self.folder.iterdir():
            if path.name.startswith((_UNFINISHED, _REMOVED)) and path.is_dir() and not is_held(path):
                yield path

    def _make(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise AlphanestError(f"cannot make the folder {self.folder}: {error.strerror}") from error


def _folders_in(store: Path) -> list[Path]:
    try:
        entries = sorted(store.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise AlphanestError(f"cannot read the folder {store}: {error.strerror}") from error
    return [e for e in entries if e.is_dir() and not e.name.startswith(".") and _may_be_backup(e)]


def _look(folder: Path) -> Backup | DamagedBackup:
    try:
        return open_backup(folder)
    except AlphanestError as error:
        return DamagedBackup(folder, error.message)


def _may_be_backup(folder: Path) -> bool:
    try:
        return bool(ID_FORM.match(folder.name)) or is_there(folder / NAME)
    except BackupDamaged:
        return False


def _cleaned(path: Path) -> str | None:
    """The name that it would have had; None where it may not be removed, and stays for somebody who may."""
    try:
        remove_tree(path)
    except OSError:
        return None
    return path.name.removeprefix(_UNFINISHED).removeprefix(_REMOVED)


def _not_removed(backup: str, error: OSError) -> AlphanestError:
    return AlphanestError(
        f"the backup {backup} cannot be removed: {error.strerror}", "Who owns its folder, and may you write there?"
    )
