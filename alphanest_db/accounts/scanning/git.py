"""Everything that a git repository holds, whatever branch it is on, or on none any more; no checkout."""

import io
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from alphanest_db.accounts.scanning.streams import Part
from alphanest_db.errors import InvalidInput, ProgramFailed, ProgramNotFound
from alphanest_db.programs.child import Child, started

_BUFFER_BYTES = 1 << 20
# Git tells a hook by these where it is; the paths say where we are to look.
_OF_A_HOOK = frozenset(
    {
        "GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX",
    }
)  # fmt: skip
# A repository's own configuration can name programs that git is to run, at a mere look at the index too.
_HARMLESS = ("--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")


@dataclass(frozen=True)
class GitObject:
    """A blob, commit, tree or tag, or one that is missing; what is not read of `content` is passed over."""

    id: str
    kind: str
    size_bytes: int
    content: Part


class Repository:
    """A repository, and how git is asked about it: nothing in it makes git run a program or use the network."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        kept = {name: value for name, value in environ.items() if name not in _OF_A_HOOK}
        self._environ = kept | {"GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
        self._program = _find_git()
        self._where: tuple[str, ...] = ("-C", str(folder))
        try:
            self.folder = Path(os.fsdecode(self._line("rev-parse", "--path-format=absolute", "--git-common-dir")))
        except ProgramFailed as error:
            raise InvalidInput(
                f"{folder} is in no git repository that can be read", f"Git says: {error.message}."
            ) from error
        self._where = (f"--git-dir={self.folder}",)
        self.is_shallow = self._line("rev-parse", "--is-shallow-repository") == b"true"

    def objects(self) -> Iterator[GitObject]:
        """All objects, in the order in which they are packed. Raises ProgramFailed and EOFError for a damaged repository."""
        with self.git("cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer") as child:
            stream = io.BufferedReader(child.stdout, _BUFFER_BYTES)  # type: ignore[type-var] # Popen's pipes without a buffer are FileIO
            while header := stream.readline():
                id_, kind, *size = header.decode("ascii").split()
                content = Part(stream, int(size[0]) if size else 0)
                yield GitObject(id_, kind, int(size[0]) if size else 0, content)
                content.skip_rest()
                if size:
                    stream.read(1)

    @contextmanager
    def git(self, *arguments: str, stdin: int | IO[bytes] = subprocess.DEVNULL) -> Iterator[Child]:
        """Git at work. Raises ProgramFailed where it ends with an error."""
        command = [self._program, *_HARMLESS, *self._where, *arguments]
        with started(command, self._environ, stdin=stdin, stdout=subprocess.PIPE) as child:
            yield child
            child.stdout.close()
            if code := child.wait():
                said = child.stderr.strip().splitlines() or [f"exit code {code}"]
                raise ProgramFailed(f"git {arguments[0]}: {said[0].removeprefix('fatal: ')}", code)

    def _line(self, *arguments: str) -> bytes:
        with self.git(*arguments) as child:
            return child.stdout.read(_BUFFER_BYTES).rstrip(b"\n")


def _find_git() -> str:
    program = shutil.which("git")
    if program is None:
        raise ProgramNotFound("git was not found", "Install it, or leave --git out.")
    return program
