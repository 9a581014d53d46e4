"""Texts in which it is hard to see where a statement ends, most of which the server takes all the same."""

import random

# At the top of a text each counts itself; in quotes and in comments none does.
COUNTED = "SELECT pg_catalog.nextval('n')"
SETUP = ("CREATE SEQUENCE n", "CREATE TYPE atomic AS ENUM ()", "CREATE TABLE t (a text)")
_TRAPS = ("'", '"', "\\", "$a$", "$$", "$", ";", "\n", "\r", "/*", "*/", "--", "*", " ", "a", f"; {COUNTED}; ")
_BETWEEN = ("", " ", "\n", "/* ; */", "/* /* ; */ ' */", "-- it's ;\n", "-- ;\r")
_SETTINGS = (
    "'{}'", "E'{}'", "e'{}'\n'{}'", "E'{}' -- '\n '{}'", "B'1'", "X'1f' '{}'", "N'{}'", "U&'{}'",
    "$a${}$a$", "$${}$$", "$b1$ {} $b1$",
    "1 AS a$b$", "1 AS \"{}\"", "2 AS case", "3 end", "1/* {} */", "1 -- {}\n", "1 -- {}\r", "1--{}\n+1", "(1)", "1 - -1",
)  # fmt: skip
_BODIES = (
    "BEGIN ATOMIC SELECT {}; END", "BEGIN ATOMIC SELECT {}; SELECT CASE WHEN true THEN 1 END; END",
    "BEGIN ATOMIC SELECT 1 case; END", "BEGIN ATOMIC SELECT 1 AS begin; END",
    "BEGIN/**/ATOMIC SELECT 1 end; SELECT {};\n\n END", "RETURN 1", "AS 'SELECT 1'", "AS $f$SELECT 1;$f$",
)  # fmt: skip
_ARGUMENTS = ("", "a int DEFAULT 1", "begin atomic", "\"end;\" text DEFAULT ')'", "a$b$ int")


def puzzle(chance: random.Random) -> str:
    """A few statements; some are functions and rules."""
    return "".join(
        _statement(chance, number) + chance.choice(_BETWEEN) + "; " for number in range(chance.randint(1, 4))
    )


def _statement(chance: random.Random, number: int) -> str:
    match chance.randrange(6):
        case 0:
            head = f"CREATE FUNCTION f{number}({chance.choice(_ARGUMENTS)}) RETURNS int LANGUAGE sql "
            return head + chance.choice(_BODIES).replace("{}", _expression(chance))
        case 1:
            return f"CREATE RULE r{number} AS ON INSERT TO t DO ALSO (SELECT {_expression(chance)}; SELECT {_expression(chance)})"
        case _:
            return f"{COUNTED}, " + ", ".join(_expression(chance) for _ in range(chance.randint(1, 3)))


def _expression(chance: random.Random) -> str:
    setting = chance.choice(_SETTINGS)
    while "{}" in setting:
        trap = "".join(chance.choices(_TRAPS, k=chance.choice((0, 1, 1, 2, 3))))
        setting = setting.replace("{}", trap, 1)
    return setting
