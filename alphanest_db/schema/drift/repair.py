"""The SQL that sets an object right, where that is certain and no row is lost."""

import re

from alphanest_db.schema.drift.model import DriftKind
from alphanest_db.schema.drift.objects import SchemaObject

# Dropping these loses what no migration can bring back.
_HOLDS_DATA = frozenset({"table", "foreign table", "sequence", "schema", "extension"})
# Dropped and made anew, nothing is lost: they hold no data, and nothing else hangs on them but what PostgreSQL would name.
_REPLACEABLE = frozenset({"constraint", "trigger", "event trigger", "policy", "rule", "statistics"})
_OR_REPLACE = frozenset({"view", "function", "procedure"})
_CREATE_INDEX = re.compile(r"^CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)")
_GRANT = re.compile(r"^(ALTER DEFAULT PRIVILEGES .*? )?GRANT (.*) TO (.*?)( WITH GRANT OPTION)?$", re.S)
_COMMENT = re.compile(r"""^(COMMENT ON (?:"(?:[^"]|"")*"|[^"'])*? IS) """)
_LABEL = re.compile(r"'((?:[^']|'')*)'")


def repair(kind: DriftKind, expected: SchemaObject | None, actual: SchemaObject | None) -> str | None:
    """The statements, or None."""
    if expected and actual:
        return _changed(expected, actual)
    if expected:
        return make(expected)
    return _remove(actual) if actual else None


def make(expected: SchemaObject) -> str:
    """The statements that make an object; indexes are built and constraints are validated while others read and write."""
    match expected.type:
        case "index":
            return concurrently(expected.definition)
        case "foreign key" | "check":
            return _add_then_validate(expected)
        case _:
            return expected.definition


def validate(constraint: SchemaObject) -> str:
    """Have PostgreSQL look at the rows that were there before the constraint."""
    return constraint.drop.replace(" DROP CONSTRAINT ", " VALIDATE CONSTRAINT ", 1)


def concurrently(statement: str) -> str:
    """CREATE or DROP INDEX without locking out writers; a partitioned table's index cannot be built so.

    >>> concurrently("CREATE UNIQUE INDEX i ON public.t USING btree (a);")
    'CREATE UNIQUE INDEX CONCURRENTLY i ON public.t USING btree (a);'
    """
    if re.search(r" ON ONLY ", statement):
        return statement
    made = _CREATE_INDEX.sub(lambda found: f"{found[0]}CONCURRENTLY ", statement)
    return re.sub(r"^DROP INDEX ", "DROP INDEX CONCURRENTLY ", made)


def enum_labels(definition: str) -> list[str] | None:
    """The values of an enum type, quoted, in their order; None for other types.

    >>> enum_labels("CREATE TYPE public.mood AS ENUM (\\n    'ok',\\n    'it''s bad'\\n);")
    ["'ok'", "'it''s bad'"]
    """
    _head, is_enum, values = definition.partition(" AS ENUM (")
    return [found[0] for found in _LABEL.finditer(values)] if is_enum else None


def _add_then_validate(constraint: SchemaObject) -> str:
    statement = constraint.definition
    partitioned = constraint.type == "foreign key" and not statement.startswith("ALTER TABLE ONLY ")
    if partitioned or statement.endswith((" NOT VALID;", " NOT ENFORCED;")):
        return statement
    return f"{statement.removesuffix(';')} NOT VALID;\n{validate(constraint)}"


def _remove(actual: SchemaObject) -> str | None:
    match actual.type:
        case kind if kind in _HOLDS_DATA:
            return None
        case "index":
            return concurrently(actual.drop)
        case "comment":
            found = _COMMENT.match(actual.definition)
            return f"{found[1]} NULL;" if found else None
        case "row security":
            return actual.definition.replace(" ENABLE ROW LEVEL SECURITY", " DISABLE ROW LEVEL SECURITY")
        case "grant" | "default grant":
            return _regrant("", actual.definition)
        case _:
            return actual.drop or None


def _changed(expected: SchemaObject, actual: SchemaObject) -> str | None:
    match expected.type:
        case "index" if not actual.valid and expected.essence == actual.essence:
            return f"REINDEX INDEX CONCURRENTLY {actual.drop.removeprefix('DROP INDEX ')}"
        case "index":
            return f"{concurrently(actual.drop)}\n{concurrently(expected.definition)}"
        case "foreign key" | "check":
            return _changed_constraint(expected, actual)
        case kind if kind in _REPLACEABLE:
            return _in_transaction(actual.drop, expected.definition)
        case kind if kind in _OR_REPLACE:
            return re.sub(r"^CREATE ", "CREATE OR REPLACE ", expected.definition)
        case "sequence" if _is_logged(expected) and _is_logged(actual):
            return alter_sequence(expected.definition)
        case "comment":
            return expected.definition
        case "grant" | "default grant":
            return _regrant(expected.definition, actual.definition)
        case "type":
            return _add_labels(expected, actual)
        case _:
            return None


def _changed_constraint(expected: SchemaObject, actual: SchemaObject) -> str | None:
    if only_not_valid(expected, actual):
        return validate(expected)
    if only_not_valid(actual, expected):
        return None
    add, *validation = _add_then_validate(expected).split("\nALTER TABLE", maxsplit=1)
    return "".join([_in_transaction(actual.drop, add), *(f"\nALTER TABLE{rest}" for rest in validation)])


def _is_logged(sequence: SchemaObject) -> bool:
    return sequence.definition.startswith("CREATE SEQUENCE ")


def alter_sequence(definition: str) -> str:
    """The statement that gives a sequence all that CREATE SEQUENCE says, and takes what it does not say.

    >>> alter_sequence("CREATE SEQUENCE public.s\\n    START WITH 1\\n    CACHE 1;")
    'ALTER SEQUENCE public.s\\n    AS bigint\\n    START WITH 1\\n    CACHE 1\\n    NO CYCLE;'
    """
    head, *options = definition.removesuffix(";").split("\n    ")
    kind = [] if options[0].startswith("AS ") else ["AS bigint"]
    cycle = [] if options[-1] == "CYCLE" else ["NO CYCLE"]
    return "\n    ".join([head.replace("CREATE ", "ALTER ", 1), *kind, *options, *cycle]) + ";"


def only_not_valid(expected: SchemaObject, actual: SchemaObject) -> bool:
    """True where the one difference is that the actual constraint was never validated."""
    return actual.definition == f"{expected.definition.removesuffix(';')} NOT VALID;"


def _regrant(expected: str, actual: str) -> str | None:
    """Takes back what is granted beside the expected, then grants what is missing."""
    wanted, present = _statements(expected), _statements(actual)
    statements = []
    for statement in (item for item in present if item not in wanted):
        found = _GRANT.match(statement)
        if found is None:
            return None
        statements.append(f"{found[1] or ''}REVOKE {found[2]} FROM {found[3]};")
    statements += [f"{item};" for item in wanted if item not in present]
    return _in_transaction(*statements) if len(statements) > 1 else statements[0]


def _statements(definition: str) -> list[str]:
    return [item.removesuffix(";") for item in definition.split(";\n") if item]


def _add_labels(expected: SchemaObject, actual: SchemaObject) -> str | None:
    wanted, present = enum_labels(expected.definition), enum_labels(actual.definition)
    if not wanted or not present or [label for label in wanted if label in present] != present:
        return None
    name = expected.drop.removeprefix("DROP TYPE ").removesuffix(";")
    statements = []
    for before, label in zip([None, *wanted], wanted, strict=False):
        if label not in present:
            place = f"AFTER {before}" if before else f"BEFORE {present[0]}"
            statements.append(f"ALTER TYPE {name} ADD VALUE {label} {place};")
    return "\n".join(statements)


def _in_transaction(*statements: str) -> str:
    return "\n".join(["BEGIN;", *statements, "COMMIT;"])
