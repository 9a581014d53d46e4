"""Text and tables in Markdown, for a pull request."""

from collections.abc import Sequence

from alphanest_db.redact import printable


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """The lines of a table, and an empty one behind it."""
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return [*head, *(f"| {' | '.join(escaped(str(cell)) for cell in row)} |" for row in rows), ""]


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line.

    >>> escaped("a_b <x>")
    'a\\\\_b \\\\<x\\\\>'
    """
    shown = printable(" ".join(text.split()))
    for character in "\\|`*_<>[]":
        shown = shown.replace(character, f"\\{character}")
    return shown
