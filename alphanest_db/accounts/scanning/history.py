"""Looking for keys in all that a repository holds, and saying by which commit they came."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from alphanest_db.accounts.scanning.git import GitObject, Repository
from alphanest_db.accounts.scanning.introductions import Introduction, find_introductions
from alphanest_db.accounts.scanning.model import Found
from alphanest_db.accounts.scanning.scanner import Scanner
from alphanest_db.accounts.scanning.streams import Begun
from alphanest_db.errors import ProgramFailed

_TAG = "(message of a tag)"
_NO_COMMIT = "(in no commit)"


def scan_history(scanner: Scanner, repository: Repository) -> list[Found]:
    """What looks like a key in any object, once for each key and path: where it came in first.

    What git cannot read of the repository is noted as skipped.
    """
    before = len(scanner.found)
    introductions: dict[str, Introduction] = {}
    with _noting(scanner, repository):
        for item in repository.objects():
            scanner.objects += 1
            _scan_object(scanner, item)
    found = scanner.found[before:]
    with _noting(scanner, repository):
        introductions = find_introductions(repository, {item.object_id for item in found if item.object_id})
    return list(_first_ones(found, introductions))


def _scan_object(scanner: Scanner, item: GitObject) -> None:
    match item.kind:
        case "blob":
            scanner.scan(Begun(scanner.metered(item.content)), "", item.size_bytes, object_id=item.id)
        case "commit":
            _scan_message(scanner, item, "", item.id)
        case "tag":
            _scan_message(scanner, item, _TAG, None)
        case "missing":
            scanner.skip(item.id, "git cannot read this object")


def _scan_message(scanner: Scanner, item: GitObject, place: str, object_id: str | None) -> None:
    """A commit or a tag, whose lines are counted from the first one of its message."""
    before = len(scanner.found)
    begun = Begun(scanner.metered(item.content))
    headers = begun.head.partition(b"\n\n")[0].count(b"\n") + 2
    scanner.scan(begun, place, item.size_bytes, object_id=object_id)
    scanner.found[before:] = [replace(found, line=max(1, found.line - headers)) for found in scanner.found[before:]]


def _first_ones(found: Iterable[Found], introductions: Mapping[str, Introduction]) -> Iterator[Found]:
    """A file that was changed often holds the same key in each of its versions: the oldest of them says where it came from."""
    oldest: dict[tuple[str, str], tuple[int, Found]] = {}
    for item in found:
        came = introductions.get(item.object_id or "")
        placed, age = _placed(item, came), came.age if came else -1
        known = oldest.get((placed.key, placed.place))
        if known is None or known[0] < age:
            oldest[placed.key, placed.place] = age, placed
    return (placed for _age, placed in oldest.values())


def _placed(item: Found, came: Introduction | None) -> Found:
    if came is None:
        return replace(item, place=f"{_NO_COMMIT}{item.place}") if item.object_id else item
    return replace(item, place=f"{came.path}{item.place}", commit=came.commit, is_reachable=came.is_reachable)


@contextlib.contextmanager
def _noting(scanner: Scanner, repository: Repository) -> Iterator[None]:
    try:
        yield
    except (ProgramFailed, EOFError) as error:
        scanner.skip(str(repository.folder), str(error))
