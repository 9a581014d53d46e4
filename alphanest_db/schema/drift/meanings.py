"""What a drift means to whoever runs the platform, in one sentence."""

from alphanest_db.schema.drift.model import DriftKind

_GENERAL = {
    DriftKind.missing: "the migrations make it, and it is not there",
    DriftKind.extra: "no migration makes it, so a database built anew will not have it",
    DriftKind.changed: "it is not as the migrations make it",
}
_MISSING, _EXTRA, _CHANGED = DriftKind.missing, DriftKind.extra, DriftKind.changed
_CONSEQUENCES = {
    ("table", _MISSING): "every query on it fails",
    ("table", _EXTRA): "no statement is given, because its rows would be lost",
    ("table", _CHANGED): "storage parameters, inheritance, partitioning or the storage of its columns differ",
    ("column", _MISSING): "every query that names it fails",
    ("column", _EXTRA): "no statement is given, because its values would be lost",
    ("sequence", _EXTRA): "no statement is given, because something may take its numbers",
    ("sequence", _CHANGED): "the numbers it gives may collide or run out",
    ("schema", _EXTRA): "it may hold what somebody needs",
    ("index", _MISSING): "queries that need it read the whole table, and a unique one no longer keeps duplicates out",
    ("index", _EXTRA): "every write pays for it",
    ("index", _CHANGED): "queries that need it may read the whole table, and a unique one may let duplicates in",
    ("constraint", _MISSING): "duplicates can come in",
    ("constraint", _EXTRA): "it can refuse rows that the platform writes",
    ("constraint", _CHANGED): "it lets in, or refuses, other rows than the code expects",
    ("foreign key", _MISSING): "rows can point nowhere",
    ("foreign key", _EXTRA): "it can refuse what the platform writes or deletes",
    ("foreign key", _CHANGED): "deleting or writing rows does something else than the code expects",
    ("check", _MISSING): "values that the code does not know can come in",
    ("check", _EXTRA): "it can refuse rows that the platform writes",
    ("check", _CHANGED): "it lets in, or refuses, other values than the code expects",
    ("trigger", _MISSING): "what it did at writes is no longer done",
    ("trigger", _EXTRA): "code that the platform does not know runs at writes",
    ("trigger", _CHANGED): "writes do something else than the code expects",
    ("row security", _MISSING): "every role that may read the table sees all its rows",
    ("row security", _EXTRA): "roles other than the owner see only the rows that a policy lets through",
    ("policy", _MISSING): "the role sees fewer rows, or more where it was restrictive",
    ("policy", _EXTRA): "the role sees other rows than the migrations say",
    ("policy", _CHANGED): "the role sees other rows than the migrations say",
    ("grant", _MISSING): "a role may do less than the migrations allow",
    ("grant", _EXTRA): "a role may do more than the migrations allow",
    ("grant", _CHANGED): "roles may do other things than the migrations allow",
    ("view", _CHANGED): "its readers see other rows or columns than the code expects",
    ("materialized view", _CHANGED): "its readers see other rows or columns than the code expects",
    ("function", _CHANGED): "its callers get other results than the code expects",
    ("type", _MISSING): "columns and functions cannot be made with it",
    ("type", _CHANGED): "values that the code writes may be refused",
}
_OF_PROPERTIES = {
    "type": "values may be rounded, cut or refused",
    "collation": "it sorts and compares in another way",
    "nullability": "rows with no value are refused",
    "nullability NULL allowed": "rows with no value can come in",
    "NOT NULL": "old rows may hold no value",
    "generation": "it does not hold what the code expects",
    "generated expression": "it does not hold what the code expects",
    "identity": "its numbers are given in another way",
    "default": "rows written without it get another value",
}

NOT_VALIDATED_CHECK = (
    "it guards new rows and was never validated: where old rows violate it, that is what the migrations do on purpose; "
    "mend these rows, then validate"
)
NOT_VALIDATED_KEY = "it guards new rows and was never validated: old rows may point nowhere"
VALIDATED = "it was validated by hand, which is stricter than the migrations"
INVALID_INDEX = "its build did not finish: PostgreSQL does not use it for queries, and every write pays for it"
COLUMN_ORDER = "only SELECT * and INSERT without column names notice; nothing but a new table changes it"
DISABLED = "PostgreSQL calls it valid and does not enforce it: its triggers on the table {table} are disabled"


def meaning_of_property(name: str, actual: str) -> str:
    """What it means that this property of a column is as it is.

    >>> meaning_of_property("nullability", "NULL allowed")
    'rows with no value can come in'
    """
    return _OF_PROPERTIES.get(f"{name} {actual}") or _OF_PROPERTIES[name]


def meaning(kind: DriftKind, object_type: str) -> str:
    """The sentence for an object of that type.

    >>> meaning(DriftKind.extra, "index")
    'no migration makes it, so a database built anew will not have it: every write pays for it'
    """
    consequence = _CONSEQUENCES.get((object_type, kind))
    return f"{_GENERAL[kind]}: {consequence}" if consequence else _GENERAL[kind]
