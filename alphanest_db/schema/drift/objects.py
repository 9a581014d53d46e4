"""From the list of a dump and the catalog to objects that can be compared one by one."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from alphanest_db.programs.archive import Entry
from alphanest_db.schema.drift.catalog import Catalog, Check, InvalidIndex
from alphanest_db.schema.drift.wording import in_one_wording

TABLES = ("TABLE", "FOREIGN TABLE")
_RELATIONS = (*TABLES, "VIEW", "MATERIALIZED VIEW")
# Those whose tag is the table's name, a space, and their own.
_NAMED_AFTER_TABLE = ("CONSTRAINT", "FK CONSTRAINT", "TRIGGER", "POLICY", "RULE", "DEFAULT")
_BELONGING = (
    *_NAMED_AFTER_TABLE, "INDEX", "ROW SECURITY", "COMMENT", "ACL", "SEQUENCE", "SEQUENCE OWNED BY", "STATISTICS",
    "TABLE ATTACH", "INDEX ATTACH", "PUBLICATION TABLE", "SECURITY LABEL",
)  # fmt: skip
# Of the server or of a deployment and not of the schema; user mappings and subscriptions hold passwords, too.
_LEFT_OUT = frozenset(
    {
        "ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES", "USER MAPPING", "SUBSCRIPTION",
        "SUBSCRIPTION TABLE", "SHELL TYPE", "TABLE DATA", "SEQUENCE SET", "STATISTICS DATA", "MATERIALIZED VIEW DATA",
        "BLOB", "BLOBS", "BLOB METADATA",
    }
)  # fmt: skip
_NOT_OURS = re.compile(r"^(DATABASE|EXTENSION) ")
_READABLE = {
    "FK CONSTRAINT": "foreign key",
    "ACL": "grant",
    "DEFAULT ACL": "default grant",
    "CHECK CONSTRAINT": "check",
}
_AFTER_THE_DUMP = 1_000_000
_QUOTED_OR_BRACKET = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]""")


@dataclass(frozen=True)
class SchemaObject:
    """One object: what it belongs to, and the statements that make and drop it.

    `essence` is what is compared; `order` grows with what may depend on it.
    """

    type: str
    schema: str
    table: str | None
    name: str
    tag: str
    definition: str
    drop: str
    essence: str
    order: int
    valid: bool = True

    @property
    def key(self) -> tuple[str, str, str]:
        """The same in both schemas."""
        return self.type, self.schema, self.tag

    @property
    def is_table(self) -> bool:
        """True for what has columns of its own."""
        return self.type in ("table", "foreign table")


Objects = Mapping[tuple[str, str, str], SchemaObject]


def schema_objects(entries: Sequence[Entry], catalog: Catalog) -> Objects:
    """All objects of a schema by their keys."""
    found: dict[tuple[str, str, str], SchemaObject] = {}
    for item in (*_dumped(entries), *map(_check, catalog.checks), *map(_invalid_index, catalog.invalid_indexes)):
        found.setdefault(item.key, item)
    return found


def without_identity_sequences(objects: Objects, others: Objects) -> Objects:
    """The objects without the sequences of columns that are serial on one side and identity on the other.

    The column says it already.
    """
    dropped = {
        (schema, tag)
        for (kind, schema, tag), item in objects.items()
        if kind == "sequence"
        and (other := others.get((kind, schema, tag)))
        and _is_identity(item) != _is_identity(other)
    }
    return {
        key: item
        for key, item in objects.items()
        if key[0] not in ("sequence", "sequence owned by") or (key[1], key[2]) not in dropped
    }


def table_settings(definition: str) -> str:
    """A CREATE TABLE without what stands in its brackets, columns and constraints.

    >>> table_settings("CREATE TABLE t (\\n    a text DEFAULT ')'\\n)\\nWITH (fillfactor='70');")
    "CREATE TABLE t ()\\nWITH (fillfactor='70');"
    """
    depth, begin = 0, 0
    for token in _QUOTED_OR_BRACKET.finditer(definition):
        if token[0] == "(":
            begin = begin or token.end()
            depth += 1
        elif token[0] == ")":
            depth -= 1
            if depth == 0:
                return definition[:begin] + definition[token.start() :]
    return definition


def _dumped(entries: Sequence[Entry]) -> Iterator[SchemaObject]:
    by_id = {entry.dump_id: entry for entry in entries}
    for number, entry in enumerate(entries):
        if _is_compared(entry, by_id):
            yield _object(entry, _table_of(entry, by_id), number)


def _is_compared(entry: Entry, by_id: Mapping[int, Entry]) -> bool:
    if entry.type in _LEFT_OUT or (entry.type == "SCHEMA" and entry.tag == "public"):
        return False
    if entry.type in ("COMMENT", "ACL") and _NOT_OURS.match(entry.tag):
        return False
    if entry.type == "ACL" and not entry.tag.startswith("SCHEMA "):  # of an object that an extension or the system made
        return any(number in by_id for number in entry.depends_on)
    return not (entry.type == "CHECK CONSTRAINT" and entry.definition.startswith("ALTER TABLE"))  # the catalog has them


def _object(entry: Entry, table: Entry | None, number: int) -> SchemaObject:
    is_table = entry.type in TABLES
    name = entry.tag
    if table and entry.type in _NAMED_AFTER_TABLE:
        name = name.removeprefix(f"{table.tag} ")
    elif entry.type in ("COMMENT", "ACL"):
        name = re.sub(r"^[A-Z ]+ ", "", name)
        name = name.removeprefix(f"{table.tag}.") if table else name
    essence = table_settings(entry.definition) + f" USING {entry.access_method}" if is_table else entry.definition
    kind = _READABLE.get(entry.type, entry.type.lower())
    owner = entry.tag if is_table else table.tag if table else None
    return SchemaObject(
        kind, entry.schema, owner, name, entry.tag, entry.definition, entry.drop, in_one_wording(essence), number
    )


def _table_of(entry: Entry, by_id: Mapping[int, Entry]) -> Entry | None:
    if entry.type not in _BELONGING:
        return None
    near = [by_id[number] for number in sorted(entry.depends_on) if number in by_id]
    tables = [item for item in near if item.type in _RELATIONS]
    if entry.type in _NAMED_AFTER_TABLE:
        tables = [item for item in tables if entry.tag.startswith(f"{item.tag} ") and item.schema == entry.schema]
        return max(tables, key=lambda item: len(item.tag), default=None)
    above: Iterable[Entry | None] = (_table_of(item, by_id) for item in near)
    return tables[0] if tables else next((item for item in above if item), None)


def _check(check: Check) -> SchemaObject:
    add = f"ALTER TABLE {check.sql_table} ADD CONSTRAINT {check.sql_name} {check.definition};"
    drop = f"ALTER TABLE {check.sql_table} DROP CONSTRAINT {check.sql_name};"
    return SchemaObject(
        "check", check.schema, check.table, check.name, f"{check.table} {check.name}", add, drop,
        in_one_wording(check.definition), _AFTER_THE_DUMP,
    )  # fmt: skip


def _invalid_index(index: InvalidIndex) -> SchemaObject:
    drop = f"DROP INDEX {index.sql_name};"
    return SchemaObject(
        "index", index.schema, index.table, index.name, index.name, f"{index.definition};", drop, f"{index.definition};",
        _AFTER_THE_DUMP, valid=False,
    )  # fmt: skip


def _is_identity(sequence: SchemaObject) -> bool:
    return "ADD GENERATED" in sequence.definition
