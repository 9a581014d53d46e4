"""Schemas before and after, compared as `db drift` compares them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from alphanest_db.database.target import Target
from alphanest_db.redact import hide_secrets
from alphanest_db.schema.drift.compare import Schema, compare_schemas
from alphanest_db.schema.drift.find import read_schema
from alphanest_db.schema.rehearsal.model import SchemaDifference


@dataclass(frozen=True)
class SchemaReader:
    """Reads the copy's schema with a pg_dump that knows its server."""

    copy: Target
    program: Path
    environ: Mapping[str, str]
    timeout_seconds: int

    def read(self) -> Schema:
        """The schema as it is now."""
        return read_schema(self.copy, self.program, self.environ, timeout_seconds=self.timeout_seconds)


def find_differences(revision: str | None, before: Schema, after: Schema) -> list[SchemaDifference]:
    """The objects that are not as they were; a definition can hold a password, and never shows it."""
    return [
        SchemaDifference(
            revision, drift.object, drift.kind, drift.level, drift.expected and hide_secrets(drift.expected),
            drift.actual and hide_secrets(drift.actual),
        )
        for drift in compare_schemas(before, after)
    ]  # fmt: skip


def newly_different(found: Iterable[SchemaDifference], known: Iterable[SchemaDifference]) -> list[SchemaDifference]:
    """Those that a later revision's downgrade has not brought about already."""
    seen = {(item.object, item.before, item.after) for item in known}
    return [item for item in found if (item.object, item.before, item.after) not in seen]
