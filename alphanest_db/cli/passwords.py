"""A password from the terminal, from standard input, or a generated one; never from the arguments, which everybody can see."""

from dataclasses import dataclass, field

from alphanest_db.cli.secrets import read_secret, typed_secret
from alphanest_db.errors import InvalidInput


@dataclass(frozen=True)
class ChosenPassword:
    """A password, and whether we made it, so that it has to be shown."""

    text: str = field(repr=False)
    generated: bool = False


def choose_password(*, from_stdin: bool, generate: bool) -> ChosenPassword:
    """A new password: generated, from standard input, or typed twice on the terminal. Raises InvalidInput."""
    if from_stdin and generate:
        raise InvalidInput("--password-stdin and --generate exclude each other", "Give one of them.")
    if generate:
        from alphanest_db.accounts.passwords import generate_password

        return ChosenPassword(generate_password(), generated=True)
    if from_stdin:
        return ChosenPassword(read_secret("New password:"))
    first = _typed("New password:", "--password-stdin or --generate")
    if _typed("The same again:", "--password-stdin or --generate") != first:
        raise InvalidInput("the two passwords are not the same", "Nothing was changed; try again.")
    return ChosenPassword(first)


def read_password(*, from_stdin: bool) -> str:
    """A password to be checked, from standard input or typed on the terminal. Raises InvalidInput."""
    return read_secret("Password:") if from_stdin else _typed("Password:", "--password-stdin")


def _typed(question: str, instead: str) -> str:
    answer = typed_secret(question)
    if answer is None:
        raise InvalidInput("there is no terminal to ask for a password on", f"Use {instead}.")
    if not answer:
        raise InvalidInput("no password was typed", "Nothing was changed; try again.")
    return answer
