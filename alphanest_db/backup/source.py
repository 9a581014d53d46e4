"""What is to be dumped, as one snapshot shows it."""

from dataclasses import dataclass

from alphanest_db.backup.facts import DatabaseFacts, read_facts
from alphanest_db.backup.options import BackupOptions
from alphanest_db.backup.tables import excluded_tables
from alphanest_db.database.fingerprints import (
    DumpableTable,
    SequenceState,
    list_tables,
    read_sequences,
    refuse_hidden_rows,
)
from alphanest_db.database.properties import DatabaseProperties, find_properties
from alphanest_db.database.snapshots import Snapshot
from alphanest_db.programs.find import Client, find_client, major_version


@dataclass(frozen=True)
class Source:
    """What is to be dumped, as the snapshot shows it."""

    facts: DatabaseFacts
    properties: DatabaseProperties
    program: Client
    needs_tls: bool
    tables: tuple[DumpableTable, ...]
    excluded: tuple[DumpableTable, ...]
    sequences: tuple[SequenceState, ...]

    @property
    def table_size_bytes(self) -> int:
        """How much the server keeps of what the dump will hold."""
        return self.facts.large_object_bytes + sum(t.size_bytes for t in self.tables if t not in self.excluded)


def look_at(snapshot: Snapshot, options: BackupOptions) -> Source:
    """All that is known beforehand. Raises Refused where the role would not see all rows, ProgramNotFound, and InvalidInput."""
    connection = snapshot.connection
    refuse_hidden_rows(connection)
    facts = read_facts(connection)
    needs_tls = connection.info.ssl_in_use
    program = find_client("pg_dump", major_version(facts.server_version), needs_tls=needs_tls)
    properties = find_properties(connection, facts.database)
    assert properties is not None  # we are connected to it
    tables = list_tables(connection)
    excluded = excluded_tables(options.exclude_table_data, tables)
    return Source(
        facts, properties, program, needs_tls, tuple(tables), tuple(excluded), sequences_of(snapshot, options)
    )


def sequences_of(snapshot: Snapshot, options: BackupOptions) -> tuple[SequenceState, ...]:
    """Where the sequences stand at this moment, which may be another one than the snapshot's."""
    return () if options.schema_only else tuple(read_sequences(snapshot.connection))
