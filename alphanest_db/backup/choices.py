"""What one can choose of a backup's form; light, because the command's help shows it."""

from enum import StrEnum


class FormatChoice(StrEnum):
    """The forms of a dump, as one asks for them."""

    plain = "plain"
    plain_gz = "plain.gz"
    custom = "custom"
    directory = "directory"
