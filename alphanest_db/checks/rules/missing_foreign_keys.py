"""Foreign keys of the platform that the database does not have."""

from collections.abc import Iterator

from alphanest_db.checks.ground import Ground
from alphanest_db.checks.keys import missing_links, read_keys
from alphanest_db.checks.model import Check, Finding, Level
from alphanest_db.database.identifiers import name, statement


def _look(ground: Ground) -> Iterator[Finding]:
    for link in missing_links(ground, read_keys(ground)):
        constraint = f"{link.table}_{link.column}_fkey"
        add = statement(
            "ALTER TABLE {table} ADD CONSTRAINT {constraint} FOREIGN KEY ({column}) REFERENCES {target} (id) ON DELETE CASCADE"
            " NOT VALID; ALTER TABLE {table} VALIDATE CONSTRAINT {constraint};",
            table=ground.tables[link.table].quoted, constraint=name(constraint), column=name(link.column),
            target=ground.tables[link.target].quoted,
        )  # fmt: skip
        said = f"no foreign key from {link.column} to {link.target}.id"
        yield Finding(link.table, {"constraint": constraint}, said, str(add.as_string(ground.connection)))


CHECK = Check(
    name="missing-foreign-keys",
    summary="Foreign keys of the platform that the database does not have.",
    tags=("integrity", "structure", "foreign-keys"),
    level=Level.error,
    why="A restore that could not make the key goes on without it, and says so once. From then on orphans come in, and deleting a"
    " user leaves everything behind that was theirs.",
    remedy="Mend the orphans first; then add the key as NOT VALID, which locks for a moment only, and validate it.",
    look=_look,
    by_hand="SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'trades'::regclass AND contype = 'f';",
)
