"""Looking for leaked keys of ours: in files, in what is packed in them, on stdin, in the history of repositories."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from alphanest_db.accounts.scanning.damage import reason_of
from alphanest_db.accounts.scanning.files import FoundFile, open_file, require_paths, walk
from alphanest_db.accounts.scanning.git import Repository
from alphanest_db.accounts.scanning.history import scan_history
from alphanest_db.accounts.scanning.model import LookedAt, Scanned, Skipped
from alphanest_db.accounts.scanning.scanner import Scanner, ScanProgress
from alphanest_db.accounts.scanning.streams import Begun


def scan_paths(
    paths: Sequence[Path], environ: Mapping[str, str], *, history: bool, progress: ScanProgress = lambda _scanner: None
) -> Scanned:
    """What looks like a key at and below the paths, and with `history`, in the repositories that they are in.

    Raises InvalidInput where there is no such path or repository, and ProgramNotFound where git is missing.
    """
    begun = time.monotonic()
    require_paths(paths)
    repositories = _repositories(paths, environ) if history else []
    scanner = Scanner(environ, progress)
    for file in walk(paths):
        if isinstance(file, Skipped):
            scanner.skip(file.place, file.reason)
        else:
            _scan_file(scanner, file)
    found = list(scanner.found)
    for repository in repositories:
        prefix = f"{repository.folder}: " if len(repositories) > 1 else ""
        found += [replace(item, place=prefix + item.place) for item in scan_history(scanner, repository)]
    notes = tuple(
        f"{item.folder} is a shallow clone: its history is not whole" for item in repositories if item.is_shallow
    )
    looked_at = LookedAt(
        scanner.files, scanner.objects, scanner.binary_files, scanner.size_bytes, time.monotonic() - begun,
        tuple(scanner.skipped), notes,
    )  # fmt: skip
    return Scanned(tuple(found), looked_at)


def _scan_file(scanner: Scanner, file: FoundFile) -> None:
    scanner.files += 1
    try:
        with open_file(file) as raw:
            size_bytes = os.fstat(raw.fileno()).st_size
            scanner.scan(Begun(scanner.metered(raw), raw), str(file.path), size_bytes)
    except OSError as error:
        scanner.skip(str(file.path), reason_of(error))


def _repositories(paths: Sequence[Path], environ: Mapping[str, str]) -> list[Repository]:
    """The repositories that the paths are in, each once."""
    found = [Repository(path if path.is_dir() else path.parent, environ) for path in paths]
    return list({repository.folder: repository for repository in found}.values())
