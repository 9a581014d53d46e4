"""The forms of exported files; loads nothing, so that help and completion stay light."""

from enum import StrEnum


class ExportFormat(StrEnum):
    """CSV with a header, JSON lines (an object a line), or Parquet."""

    csv = "csv"
    json = "json"
    parquet = "parquet"

    @property
    def suffix(self) -> str:
        """The end of a file's name."""
        return "jsonl" if self is ExportFormat.json else self.value
