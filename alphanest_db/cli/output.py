"""In which form an answer is written."""

from enum import StrEnum
from typing import TextIO


class Output(StrEnum):
    """The forms; JSON is the answer itself, the others are views of it."""

    table = "table"
    json = "json"
    csv = "csv"


class CheckOutput(StrEnum):
    """The forms of what checks found; SARIF 2.1.0 and JUnit XML are for those who gather results of many tools."""

    table = "table"
    json = "json"
    csv = "csv"
    sarif = "sarif"
    junit = "junit"


class Severity(StrEnum):
    """How bad a finding is."""

    info = "info"
    warning = "warning"
    error = "error"


class Policy(StrEnum):
    """What becomes of rows that refer to nothing."""

    quarantine = "quarantine"
    delete = "delete"
    null = "null"


def speaks_utf8(stream: TextIO) -> bool:
    """Whether the stream takes every character."""
    return (stream.encoding or "").lower().replace("-", "") == "utf8"
