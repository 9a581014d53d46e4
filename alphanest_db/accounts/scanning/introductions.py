"""By which commit an object came into a repository."""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import IO

from alphanest_db.accounts.scanning.git import Repository

MESSAGE = "(commit message)"
_CHUNK_BYTES = 1 << 18
_DIFF = (
    "diff-tree",
    "--stdin",
    "--root",
    "--always",
    "-r",
    "-c",
    "-z",
    "--raw",
    "--no-renames",
    "--no-abbrev",
    "--no-ext-diff",
)


@dataclass(frozen=True)
class Introduction:
    """The first commit that holds something, and where in it; the higher `age`, the older.

    `is_reachable` is False where no branch, tag or reflog leads to that commit any more.
    """

    commit: str
    path: str
    age: int
    is_reachable: bool


def find_introductions(repository: Repository, objects: Set[str]) -> dict[str, Introduction]:
    """How the objects, blobs or commits, came in; what no commit holds, such as what is only staged, is not in it."""
    if not objects:
        return {}
    with repository.git("rev-list", "--all", "--reflog") as commits:
        found = _introductions(repository, commits.stdout, objects, is_reachable=True)
    if missing := objects - found.keys():
        with _all_commits(repository) as ids:
            found |= _introductions(repository, ids, missing, is_reachable=False)
    return found


def _introductions(
    repository: Repository, commits: IO[bytes], objects: Set[str], *, is_reachable: bool
) -> dict[str, Introduction]:
    found: dict[str, Introduction] = {}
    with repository.git(*_DIFF, stdin=commits) as child:
        for age, (commit, object_, path) in enumerate(_changes(child.stdout)):
            if object_ in objects:  # the newest comes first: the last one that is seen is the oldest
                found[object_] = Introduction(commit, path, age, is_reachable)
    return found


def _changes(stream: IO[bytes]) -> Iterator[tuple[str, str, str]]:
    """Each commit with each object that it brings, itself among them."""
    commit = ""
    tokens = _pieces(stream, b"\0")
    for token in tokens:
        if not token.startswith(b":"):
            commit = token.decode("ascii")
            yield commit, commit, MESSAGE
            continue
        parents = len(token) - len(token.lstrip(b":"))
        fields = token.split(b" ")  # a mode for each parent and for the commit, then an id for each, then letters
        yield commit, fields[2 * parents + 1].decode("ascii"), os.fsdecode(next(tokens, b""))


def _pieces(stream: IO[bytes], end: bytes) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(end)
        yield from whole


@contextlib.contextmanager
def _all_commits(repository: Repository) -> Iterator[IO[bytes]]:
    """The ids of all commits that there are, reachable or not, one a line."""
    with tempfile.TemporaryFile() as ids:
        with repository.git(
            "cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)"
        ) as child:
            for line in _pieces(child.stdout, b"\n"):
                if line.startswith(b"commit "):
                    ids.write(line.removeprefix(b"commit ") + b"\n")
        ids.seek(0)
        yield ids
