"""The rows that an import leaves out, written so that they can be mended and imported."""

import csv
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from alphanest_db.accounts.users.importing.model import ImportProblem, SourceRow
from alphanest_db.accounts.users.importing.reading import COLUMNS, NOTES
from alphanest_db.private_files import new_private_file


def write_rejects(path: Path, rows: Sequence[SourceRow], problems: Sequence[ImportProblem]) -> None:
    """Put the rows with problems into a new file, in the form that the ending of its name says; they may hold passwords."""
    reasons = defaultdict(list)
    for problem in problems:
        reasons[problem.place].append(f"{problem.field}: {problem.problem}" if problem.field else problem.problem)
    entries = [
        {"line": row.line, "problems": "; ".join(reasons[row.place]), **row.values}
        for row in rows
        if row.place in reasons
    ]
    with new_private_file(path) as file:
        if path.suffix.lower() == ".json":
            json.dump(entries, file, ensure_ascii=True, indent=2)
        else:
            writer = csv.DictWriter(file, [*NOTES, *COLUMNS], extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows({column: _in_utf8(value) for column, value in entry.items()} for entry in entries)


def _in_utf8(value: object) -> str:
    """JSON can hold halves of characters, which no text file can: they are written out."""
    return str(value).encode(errors="backslashreplace").decode()
