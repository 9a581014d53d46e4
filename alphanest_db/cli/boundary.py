"""Where every error ends: as a line with a hint and an exit code, never as a traceback."""

import errno
import gc
import io
import os
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from alphanest_db.cli.app import app
from alphanest_db.cli.exit_codes import ExitCode, exit_code_of
from alphanest_db.cli.interrupts import watch_interrupts
from alphanest_db.cli.leaving import leave_on_interrupt, raise_on_interrupt
from alphanest_db.cli.render import show_error, show_help
from alphanest_db.cli.state import State
from alphanest_db.errors import AlphanestError
from alphanest_db.redact import hide_secrets

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def main() -> None:
    """Run what the command line says, and exit."""
    _open_streams()
    try:
        watch_interrupts()
        raise_on_interrupt()
        code = run(sys.argv[1:])
        leave_on_interrupt()
    except KeyboardInterrupt:  # beside the command
        code = ExitCode.interrupted
    try:
        sys.stdout.flush()
    except OSError:  # said already; Python would try it again, and exit with 120
        _let_go_of_stdout()
    gc.freeze()  # or Python looks at all there is once more before it leaves, for a tenth of a short command's time
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name; returns the exit code."""
    state = State()
    try:
        code = app(list(arguments), prog_name="alphanest", standalone_mode=False, obj=state)
        sys.stdout.flush()
        return int(code or ExitCode.done)
    except TyperException as error:
        return _misused(error)
    except AlphanestError as error:
        return _report(error, state)
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.interrupted
    except BrokenPipeError:
        return _reader_left()
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # Typer's own answer to a reader who left
            return _reader_left()
        raise
    except Exception as error:
        return _unexpected(error, state)


def _open_streams() -> None:
    """Make each standard stream one that can be written to: closed ones lead nowhere, and no character is too much."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _misused(error: TyperException) -> ExitCode:
    context = getattr(error, "ctx", None)  # what Typer raises has it, its public base class has not
    message = error.format_message()
    if message.startswith("Usage:"):  # a group without a command
        show_help(message)
    else:
        show_error(*_usage_error(message, context.command_path if context else "alphanest"))
    return ExitCode.usage


def _usage_error(message: str, command: str) -> tuple[str, str]:
    """Typer's sentences in our own form.

    >>> _usage_error("No such command 'upgrad'. Did you mean 'upgrade'?", "alphanest db")
    ("no such command 'upgrad'", "Did you mean 'upgrade'? `alphanest db --help` shows what there is.")
    """
    said, _, guess = message.replace(" (Possible options: ", ". Did you mean ").partition(". Did you mean ")
    suggestion = f"Did you mean {guess.rstrip('?)')}? " if guess else ""
    said = hide_secrets(said.replace("Value error, ", "")).rstrip(".")
    return said[:1].lower() + said[1:], f"{suggestion}`{command} --help` shows what there is."


def _report(error: AlphanestError, state: State) -> ExitCode:
    password = _password(state)
    details = [hide_secrets(line, password) for line in error.details]
    show_error(hide_secrets(error.message, password), error.hint, details)
    return exit_code_of(error)


def _unexpected(error: Exception, state: State) -> ExitCode:
    """A database error that PostgreSQL, and not we, is the cause of, or a bug of ours, which goes to a log file."""
    if "psycopg2" in sys.modules:
        from alphanest_db.database.failures import find_cause, refused_values, translate

        cause = find_cause(error)
        expected = (translate(cause) or refused_values(cause)) if cause else None
        if expected:
            return _report(expected, state)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        _let_go_of_stdout()  # Python would try to write the rest at the end, and exit with 120
        return _report(AlphanestError(f"cannot write: {os.strerror(error.errno)}", "Free some space first."), state)
    from alphanest_db.cli.bug_log import write_bug_log

    log = write_bug_log(error, _password(state))
    show_error(
        f"a bug in alphanest: {type(error).__name__}",
        f"Details are in {log}." if log else "The details could not be written to a file.",
    )
    return ExitCode.bug


def _password(state: State) -> str | None:
    """The password in use, where we got so far as to have one; what is everybody's to see as well hides nothing."""
    target = state.__dict__.get("target")
    public = (target.host, target.user, target.database) if target else ()
    return target.password if target and target.password not in public else None


def _reader_left() -> ExitCode:
    """`alphanest ... | head` has seen enough; that is no failure."""
    _let_go_of_stdout()
    return ExitCode.done


def _let_go_of_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
