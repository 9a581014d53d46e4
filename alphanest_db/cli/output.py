"""In which form an answer is written."""

from enum import StrEnum


class Output(StrEnum):
    """The forms; JSON is the answer itself, the others are views of it."""

    table = "table"
    json = "json"
    csv = "csv"
