"""CHECK and NOT NULL constraints that old rows may violate."""

from collections.abc import Iterator

from alphanest_db.checks.asking import ask
from alphanest_db.checks.ground import Ground
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.database.identifiers import name, statement


def _look(ground: Ground) -> Iterator[Finding]:
    for row in ask(ground, "unvalidated_constraints"):
        said = "NOT VALID: old rows may violate it" if row.is_enforced else "NOT ENFORCED: any row may violate it"
        mend = "ALTER {} {} VALIDATE CONSTRAINT {};" if row.is_enforced else "ALTER {} {} ALTER CONSTRAINT {} ENFORCED;"
        kind = statement("DOMAIN" if row.is_of_domain else "TABLE")
        text = statement(mend, kind, name(row.schema, row.owner), name(row.name)).as_string(ground.connection)
        yield Finding(row.table_shown or row.owner, {"constraint": row.name}, f"{row.definition}: {said}", str(text))


CHECK = Check(
    name="unvalidated-constraints",
    summary="CHECK and NOT NULL constraints that old rows may violate.",
    tags=("integrity", "structure"),
    level=Level.warning,
    why="A constraint that is NOT VALID guards new rows and says nothing of the old ones; our migrations leave one so where rows"
    " violate it. A dump restores it as it is, so it stays until somebody mends the rows.",
    remedy="Mend the rows that the checks on values find; then validate, for which nobody has to wait.",
    look=_look,
    by_hand="SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE NOT convalidated;",
)
