"""What the exit code says; the same for every command."""

from enum import IntEnum

from alphanest_db.errors import AlphanestError, DatabaseUnreachable, InvalidInput


class ExitCode(IntEnum):
    """Stable, documented in the README."""

    done = 0
    answer_is_bad = 1  # findings, pending migrations, drift
    usage = 2
    failed = 3  # refused, or failed in an expected way
    unreachable = 4
    bug = 70  # EX_SOFTWARE of sysexits.h
    interrupted = 130  # 128 + SIGINT


def exit_code_of(error: AlphanestError) -> ExitCode:
    """The code for an error of ours."""
    if isinstance(error, InvalidInput):
        return ExitCode.usage
    if isinstance(error, DatabaseUnreachable):
        return ExitCode.unreachable
    return ExitCode.failed
