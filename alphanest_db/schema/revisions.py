"""The revision files and how they follow each other, read without running them and without Alembic.

Containers and pipelines ask all day whether a database is up to date; loading Alembic takes three times as long as the answer.
"""

import ast
import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.errors import AlphanestError, DatabaseAhead

_ASSIGNED = ("revision", "down_revision", "depends_on")


@dataclass(frozen=True)
class Revision:
    """One migration; `down_revisions` has several ids where it merges branches, none where it is the first."""

    id: str
    down_revisions: tuple[str, ...]
    depends_on: tuple[str, ...]
    message: str
    path: Path

    @property
    def parents(self) -> tuple[str, ...]:
        """All that must be applied before."""
        return self.down_revisions + self.depends_on


@dataclass(frozen=True)
class RevisionGraph:
    """All migrations, parents before children."""

    revisions: tuple[Revision, ...]

    @property
    def heads(self) -> tuple[str, ...]:
        """The ids that nothing follows."""
        followed = {parent for revision in self.revisions for parent in revision.down_revisions}
        return tuple(revision.id for revision in self.revisions if revision.id not in followed)

    def find(self, identifier: str) -> Revision | None:
        """The revision of that id."""
        return next((revision for revision in self.revisions if revision.id == identifier), None)

    def applied(self, current: Iterable[str]) -> frozenset[str]:
        """The ids that a database at `current` has behind it, `current` included.

        Raises DatabaseAhead where the database stands at a revision that is not here.
        """
        by_id = {revision.id: revision for revision in self.revisions}
        found: set[str] = set()
        waiting = list(current)
        while waiting:
            identifier = waiting.pop()
            if identifier not in by_id:
                raise DatabaseAhead(identifier)
            if identifier not in found:
                found.add(identifier)
                waiting.extend(by_id[identifier].parents)
        return frozenset(found)

    def pending(self, current: Iterable[str]) -> tuple[str, ...]:
        """The ids that are not applied yet, in the order in which they will be."""
        applied = self.applied(current)
        return tuple(revision.id for revision in self.revisions if revision.id not in applied)

    def near(self, text: str) -> list[str]:
        """The ids that somebody who typed `text` may have meant."""
        ids = [revision.id for revision in self.revisions]
        same_start = [identifier for identifier in ids if text and identifier.startswith(text[:4])]
        starts = {identifier[: len(text)]: identifier for identifier in ids}
        return (same_start or [starts[start] for start in difflib.get_close_matches(text, starts, n=3, cutoff=0.6)])[:3]


def read_revisions(folder: Path) -> RevisionGraph:
    """The migrations in `folder`/versions, parents before children.

    Raises AlphanestError for files that cannot be read, two with one id, a parent that is missing, and a circle.
    """
    found: dict[str, Revision] = {}
    for path in sorted((folder / "versions").glob("*.py")):
        revision = _read(path)
        if revision is None:
            continue
        if revision.id in found:
            raise AlphanestError(
                f"two migrations have the id {revision.id}: {found[revision.id].path.name} and {path.name}"
            )
        found[revision.id] = revision
    return RevisionGraph(tuple(_ordered(found)))


def _read(path: Path) -> Revision | None:
    try:
        module = ast.parse(path.read_bytes())
        values = {
            target.id: ast.literal_eval(value) for target, value in _assignments(module) if target.id in _ASSIGNED
        }
    except (SyntaxError, ValueError) as error:
        raise AlphanestError(f"the migration {path.name} cannot be read: {error}") from error
    if "revision" not in values:
        return None
    message = (ast.get_docstring(module) or path.stem).strip().splitlines()[0]
    return Revision(
        str(values["revision"]), _ids(values.get("down_revision")), _ids(values.get("depends_on")), message, path
    )


def _assignments(module: ast.Module) -> Iterable[tuple[ast.Name, ast.expr]]:
    for node in module.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _paired(target, node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target, node.value


def _paired(target: ast.expr, value: ast.expr) -> Iterable[tuple[ast.Name, ast.expr]]:
    """`revision, down_revision = "b", "a"` is two assignments."""
    if isinstance(target, ast.Name):
        yield target, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for part, part_value in zip(target.elts, value.elts, strict=False):
            yield from _paired(part, part_value)


def _ids(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(str(item) for item in value)  # type: ignore[attr-defined]  # Alembic: a list or tuple


def _ordered(found: dict[str, Revision]) -> list[Revision]:
    ordered: dict[str, Revision] = {}
    waiting = dict(found)
    while waiting:
        ready = [revision for revision in waiting.values() if all(parent in ordered for parent in revision.parents)]
        if not ready:
            revision = next(iter(waiting.values()))
            missing = [parent for parent in revision.parents if parent not in found]
            why = f"follows {missing[0]!r}, which is missing" if missing else "is part of a circle"
            raise AlphanestError(f"the migration {revision.path.name} {why}")
        for revision in ready:
            ordered[revision.id] = waiting.pop(revision.id)
    return list(ordered.values())
