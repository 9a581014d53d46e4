"""A migration is anybody's Python: which one raised an error, and in which line."""

import os
import traceback
from dataclasses import dataclass

from alphanest_db.errors import MigrationFailed
from alphanest_db.redact import hide_secrets
from alphanest_db.schema.revisions import RevisionGraph


@dataclass(frozen=True)
class Fault:
    """The place in a revision file where an error came out of it."""

    revision: str
    file: str
    line: int


def find_fault(error: BaseException, graph: RevisionGraph) -> Fault | None:
    """Where the error passed through a revision's file, the innermost place; None where no revision has a part in it."""
    revisions = {os.path.realpath(revision.path): revision for revision in graph.revisions}
    found = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        if revision := revisions.get(os.path.realpath(frame.f_code.co_filename)):
            found = Fault(revision.id, revision.path.name, line)
    return found


def is_interrupted(error: BaseException) -> bool:
    """True where Ctrl-C was the cause: Alembic, on its way out of an autocommit block, raises an error of its own over it."""
    before: BaseException | None = error
    while before and not isinstance(before, KeyboardInterrupt):
        before = before.__cause__ or before.__context__
    return before is not None


def failed_by(error: BaseException, fault: Fault) -> MigrationFailed:
    """What a Python error in a revision means to the person at the terminal."""
    said = " ".join(hide_secrets(str(error)).split())
    raised = f"{type(error).__name__}: {said}" if said else type(error).__name__
    return MigrationFailed(
        f"the migration {fault.revision} failed at {fault.file}:{fault.line}: {raised}",
        "Revisions before it stay applied; mend the file and run `alphanest db upgrade` again.",
        revision=fault.revision,
    )
