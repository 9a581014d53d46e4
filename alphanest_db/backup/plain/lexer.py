"""Where a statement of a plain dump begins and ends, by PostgreSQL's own lexical rules (scan.l, psqlscan.l).

What is yielded is never more than one statement for the server, or else one that it refuses as a whole. A semicolon that
does not end a statement stands in quotes, in a comment, in parentheses (CREATE RULE only), or in a body that BEGIN ATOMIC
opens; such a body is closed by an END that follows a semicolon, as no statement begins with END.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass

from alphanest_db.backup.plain.source import Source
from alphanest_db.backup.plain.window import Window
from alphanest_db.errors import RefusedDump
from alphanest_db.redact import printable

# Groups are repeated plainly: before Python 3.11.5 a possessive one that holds alternatives stops too soon (gh-106052).
_BLANKS = re.compile(rb"[ \t\n\r\f\v]*+")
_LINE = re.compile(rb"[^\n\r]*+")
_COMMENT_MARK = re.compile(rb"/\*|\*/")
_DOLLAR_TAG = re.compile(rb"\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*+)?")
_WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff][A-Za-z0-9_$\x80-\xff]*+")
_ESCAPED = re.compile(rb"(?:[^'\\]++|\\.)*", re.S)
_PLAIN = re.compile(rb"[^']*+")
# Two literals with such a gap between them are one, if it holds a line break outside of its comments.
_GAP = re.compile(rb"(?:[ \t\n\r\f\v]++|--[^\n\r]*+)*")
_COMMENT = re.compile(rb"--[^\n\r]*+")
_RULE = re.compile(rb"CREATE (?:OR REPLACE )?RULE ")
_FUNCTION = re.compile(rb"CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE) ")
_BEGINNING_BYTES = 40
_QUOTED = re.compile(rb'"[^"]*+"')
_OUTER_SIGN = re.compile(rb"[()\[\],]")


def _run(stops: bytes, *tokens: bytes) -> re.Pattern[bytes]:
    """Matches as many whole tokens as there are before one that has to be looked at."""
    number, sign = rb"[0-9][0-9A-Za-z_]*+(?!')", rb"-(?!-)|/(?!\*)"
    other = rb"""[^'"$/\\;A-Za-z_\x80-\xff0-9""" + stops + rb"\-]++"
    return re.compile(b"(?:" + b"|".join((other, number, sign, rb'"[^"]*+"', *tokens)) + b")+")


# A word that is glued to a quote may change the rules of what is in the quotes.
_WORDS = rb"[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*+(?!')"
_LITERALS = rb"'[^']*+'"
_RUN = _run(b"", _WORDS)
_RUN_STANDARD = _run(b"", _WORDS, _LITERALS)
_RUN_RULE = _run(b"()", _WORDS)
_RUN_FUNCTION = _run(b"()")


@dataclass(frozen=True)
class Statement:
    """One statement with its semicolon; `line` is where it begins."""

    text: bytes
    line: int


@dataclass(frozen=True)
class MetaCommand:
    """A line that begins with a backslash: a command for psql, which is nobody's here."""

    text: bytes
    line: int


def refused_command(text: bytes, line: int) -> RefusedDump:
    """The error that says which command for psql stands where."""
    command = printable(text.split(maxsplit=1)[0][:_BEGINNING_BYTES].decode("utf-8", "replace"))
    return RefusedDump(
        f"line {line} of the dump holds the psql command {command}, where pg_dump writes none", line,
        "Nothing of it was run. A dump with such a line was changed by hand, or made to harm whoever restores it.",
    )  # fmt: skip


class Lexer:
    """Cuts a dump into statements. `on_comment` gets each line of comment that stands between two of them."""

    def __init__(self, source: Source, on_comment: Callable[[bytes], None] = lambda _text: None) -> None:
        self.window = Window(source)
        self._on_comment = on_comment

    def next(self, *, standard_strings: bool) -> Statement | MetaCommand | None:
        """What comes next; None at the end. `standard_strings` is the server's standard_conforming_strings at this moment.

        Raises RefusedDump for what cannot be a dump's, and where it ends within something.
        """
        self._skip_between()
        if not self.window.has(1):
            return None
        line = self.window.line
        if self.window.sees(b"\\"):
            self.window.take(_LINE)
            return MetaCommand(self.window.since_mark(), line)
        self._to_end(standard_strings)
        text = self.window.since_mark()
        if 0 in text:
            raise self.window.refused("holds a zero byte")
        return Statement(text, line)

    def part(self, *, standard_strings: bool) -> bytes:
        """The next word, or signs and quoted names between words; a quote stands for what is in it. Nothing at the end."""
        token = b""
        while self.window.has(1) and not token:
            token = self._token(_RUN_FUNCTION, standard_strings)
        return token

    def _skip_between(self) -> None:
        while True:
            self.window.take(_BLANKS)
            self.window.put_mark()
            if self.window.sees(b"--"):
                self._on_comment(self.window.take(_LINE))
            elif self.window.sees(b"/*"):
                self._comment()
            else:
                return

    def _to_end(self, standard_strings: bool) -> None:
        beginning = self.window.peek(_BEGINNING_BYTES)
        if _RULE.match(beginning):
            self._to_end_of_rule(standard_strings)
        elif _FUNCTION.match(beginning):
            self._to_end_of_function(standard_strings)
        else:
            run = _RUN_STANDARD if standard_strings else _RUN
            while self._token(run, standard_strings) != b";":
                pass

    def _to_end_of_rule(self, standard_strings: bool) -> None:
        depth = 0
        while True:
            token = self._token(_RUN_RULE, standard_strings)
            if token == b";" and not depth:
                return
            depth = max(0, depth + (token == b"(") - (token == b")"))

    def _to_end_of_function(self, standard_strings: bool) -> None:
        depth, in_body, before = 0, False, b""
        while True:
            token = self._token(_RUN_FUNCTION, standard_strings).upper()
            if not token or token.isspace():
                continue
            if not in_body:
                if token == b";":
                    return
                depth = max(0, depth + (token == b"(") - (token == b")"))
                in_body = not depth and before == b"BEGIN" and token == b"ATOMIC"
            elif token == b"END" and before in (b";", b"ATOMIC"):
                in_body = False
            before = token

    def _token(self, run: re.Pattern[bytes], standard_strings: bool) -> bytes:
        """A run of unsuspicious tokens, or else one token; of what is in quotes only the quote, and nothing of a comment."""
        if not self.window.has(1):
            raise self.window.refused("is not ended: the file is cut off")
        if text := self.window.take(run):
            return text
        match sign := self.window.peek():
            case b"'":
                self._literal(_PLAIN if standard_strings else _ESCAPED)
            case b'"':
                self.window.step()
                self.window.find(b'"', "quotes")
            case b"$":
                self._dollar()
            case b"-":
                self.window.take(_LINE)
                return b""
            case b"/":
                self._comment()
                return b""
            case b"\\":
                raise refused_command(self.window.peek(_BEGINNING_BYTES), self.window.line_here())
            case b";" | b"(" | b")":
                self.window.step()
            case _:
                return self._word(standard_strings)
        return sign

    def _word(self, standard_strings: bool) -> bytes:
        word = self.window.take(_WORD)
        if not self.window.sees(b"'"):
            return word
        rules = {b"E": _ESCAPED, b"B": _PLAIN, b"X": _PLAIN}
        self._literal(rules.get(word.upper(), _PLAIN if standard_strings else _ESCAPED))
        return b"'"

    def _literal(self, inside: re.Pattern[bytes]) -> None:
        """From one quote to the other, with all that continues the literal by the same rules."""
        self.window.step()
        while True:
            self.window.take_up_to(b"'", inside, "a literal")
            self.window.step()
            if not self.window.sees(b"'"):  # two of them are one that belongs to the text
                gap = self.window.take(_GAP)
                if not self.window.sees(b"'") or not re.search(rb"[\n\r]", _COMMENT.sub(b"", gap)):
                    return
            self.window.step()

    def _dollar(self) -> None:
        tag = self.window.take(_DOLLAR_TAG)
        if self.window.sees(b"$"):  # else it is a parameter
            self.window.step()
            self.window.find(tag + b"$", "quotes")

    def _comment(self) -> None:
        depth = 0
        while True:
            mark = self.window.search(_COMMENT_MARK, 2, "a comment")
            depth += 1 if mark == b"/*" else -1
            if not depth:
                return


def outline(text: bytes, *, standard_strings: bool) -> list[bytes]:
    """The words, in capitals, and commas of a statement that stand outside of quotes, comments, parentheses and brackets.

    >>> outline(b"CREATE TABLE x (a int, b text) AS SELECT a, 'b' FROM y;", standard_strings=True)[2:6]
    [b'X', b'AS', b'SELECT', b'A']
    """
    lexer, depth, found = Lexer(Source(io.BytesIO(text))), 0, []
    while token := lexer.part(standard_strings=standard_strings):
        if _WORD.fullmatch(token):
            found += [] if depth else [token.upper()]
            continue
        for sign in _OUTER_SIGN.findall(_QUOTED.sub(b"", token)):
            depth = max(0, depth + (sign in b"([") - (sign in b")]"))
            found += [sign] if sign == b"," and not depth else []
    return found
