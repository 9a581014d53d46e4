"""Importing exports: one transaction for each file, and an account of every record."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import BinaryIO

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case

from alphanest_db.database.failures import primary_message
from alphanest_db.seeding.local_storage.accounts import Accounts
from alphanest_db.seeding.local_storage.lines import (
    LineFile,
    Spool,
    left_out_line,
    left_over_line,
    leftover_path,
    rejected_line,
)
from alphanest_db.seeding.local_storage.merging import Merging
from alphanest_db.seeding.local_storage.model import FileReport, FileState, ImportOptions, ImportReport
from alphanest_db.seeding.local_storage.reading import UnreadableExport
from alphanest_db.seeding.local_storage.sources import Source, records_of
from alphanest_db.seeding.local_storage.staged import KINDS, Staged
from alphanest_db.seeding.local_storage.staging import Staging, make_tables
from alphanest_db.seeding.local_storage.summing import FileSum, RunSum, Waiting
from alphanest_db.seeding.local_storage.translating import Rejected, Translator
from alphanest_db.units import plural

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many bytes are read, and of how many; not where standard input is among the sources."""

_LOOKS = 10  # at what waits; twice is enough, unless one name becomes free after the other
_UNDO = "ROLLBACK TO SAVEPOINT file; RELEASE SAVEPOINT file"


def import_exports(
    connection: Connection, sources: Sequence[Source], options: ImportOptions, accounts: Accounts, *,
    now: datetime, standard_input: BinaryIO, progress: Progress = lambda _what, _done, _all: None,
) -> ImportReport:  # fmt: skip
    """Import one export after the other; nothing of a file that is refused or broken is in.

    Stops at the first of those unless the options say to keep going. Commits after each file, or never on a dry run. Raises
    InvalidInput where the files to be written to are there already.
    """
    make_tables(connection)
    with ExitStack() as stack:
        rejects = LineFile(options.rejects, stack)
        leftover = LineFile(options.rejects and leftover_path(options.rejects), stack)
        run = _Run(connection, options, accounts, rejects, leftover, Spool(stack), now, standard_input)
        None if options.dry_run else connection.commit()
        for source, told in zip(sources, _progress_of(sources, progress), strict=True):
            run.take(source, told)
        run.finish()
        connection.rollback() if options.dry_run else None
        return run.total.report(connection.info.dbname, options, rejects.name, leftover.name)


def _progress_of(sources: Sequence[Source], progress: Progress) -> Iterator[Callable[[int], None]]:
    """Of each source the one that tells how far all of them are."""
    is_known, everything, begun = all(source.path for source in sources), sum(s.size_bytes for s in sources), 0
    for source in sources:
        yield partial(_told, progress, begun, everything) if is_known else lambda _done: None
        begun += source.size_bytes


def _told(progress: Progress, begun: int, everything: int, done: int) -> None:
    progress("reading", begun + done, everything)


class _RecordsRejected(Exception):
    """Nothing of the file is to be in."""

    def __init__(self, file: str, rejected: int) -> None:
        super().__init__(f"{plural(rejected, 'record')} of {file} rejected")


@dataclass
class _Late:
    """A file with records that wait, and how many users had been changed when they were looked at last."""

    source: Source
    found: FileSum
    renamed: int


@dataclass
class _Run:
    """What all files of a run share."""

    connection: Connection
    options: ImportOptions
    accounts: Accounts
    rejects: LineFile
    leftover: LineFile
    spool: Spool
    now: datetime
    standard_input: BinaryIO
    total: RunSum = field(default_factory=RunSum)
    is_stopped: bool = False

    def __post_init__(self) -> None:
        self._staging = Staging(self.connection)
        self._waiting: list[_Late] = []
        self._renamed = 0  # users who were changed so far, and may have given a name free
        self._merging = Merging(self.connection, self.accounts, self.options, self.now)

    def take(self, source: Source, progress: Callable[[int], None]) -> None:
        """Import a file, or say why not."""
        if self.is_stopped:
            self.total.files.append(FileReport(source.name, FileState.not_reached, 0))
            return
        found = FileSum(source.name)
        state, error = self._outcome(source, found, progress)
        if error is not None:
            found.nothing_is_in(f"its file was {state.value}")
            self.is_stopped = not self.options.keep_going
        self.total.files.append(FileReport(source.name, state, sum(found.read.values()), error))
        self._renamed += found.changed_users
        if found.waiting.outcomes:
            self._waiting.append(_Late(source, found, self._renamed - found.changed_users))
        else:
            self.total.add(found)

    def finish(self) -> None:
        """Have another look at records whose users, or whose free names, came with a later file: their order does not matter.

        What comes in then may let others in, so it goes on as long as something does.
        """
        for _ in range(_LOOKS):
            looked = [self._look_again(late) for late in self._waiting if self._may_come_in(late)]
            if not any(looked):
                break
        for late in self._waiting:
            late.found.give_up_waiting()
            self.spool.move(late.found.waiting.spooled, len(late.found.waiting.places), self.rejects)
            self.total.add(late.found)

    def _may_come_in(self, late: "_Late") -> bool:
        waiting = late.found.waiting
        is_name_free = waiting.names and self._renamed > late.renamed
        return is_name_free or (bool(waiting.users) and self._merging.have_come(waiting.users))

    def _look_again(self, late: "_Late") -> bool:
        """Whether the records that waited could be looked at again; what became of them is counted, or they wait on."""
        found, before = late.found, late.found.waiting
        late.renamed, wanted = self._renamed, set(before.places)
        changed = found.changed_users
        try:
            with self._transaction():
                self._staging.begin()
                for row in self._rows(late.source, FileSum(late.source.name), lambda _bytes: None):
                    if not isinstance(row, Rejected) and row.place in wanted:
                        self._staging.add(row)
                self._staging.finish()
                created = self._merging.merge_late(found.mapped, are_few=self._staging.are_few)
                found.waiting = Waiting()
                self._tell(found, may_wait=True)
        except (UnreadableExport, psycopg2.IntegrityError, psycopg2.DataError):
            found.waiting = before
            return False
        self._renamed += found.changed_users - changed
        found.created = found.created.plus(created)
        return len(found.waiting.places) < len(before.places)

    def _outcome(self, source: Source, found: FileSum, progress: Callable[[int], None]) -> tuple[FileState, str | None]:
        """What became of the file, and why nothing of it is in."""
        try:
            with self._transaction():
                self._stage(source, found, progress)
                self._merge(source, found)
        except _RecordsRejected as error:
            return FileState.refused, str(error)
        except UnreadableExport as error:
            return FileState.broken, error.message
        except (psycopg2.IntegrityError, psycopg2.DataError) as error:
            return FileState.refused, f"{source.name}: the database refused it: {primary_message(error)}"
        return FileState.imported, None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing of a file; on a dry run in one transaction with the others, so that they see each other."""
        self._do("SAVEPOINT file") if self.options.dry_run else None
        try:
            yield
            if self.options.dry_run:
                self._do("RELEASE SAVEPOINT file")
            else:
                self.accounts.settle()
                self.connection.commit()
            self._merging.file_ended(is_in=True)
        except BaseException:
            with contextlib.suppress(psycopg2.Error):  # the connection itself may be gone
                self._do(_UNDO) if self.options.dry_run else self.connection.rollback()
            self.accounts.forget()
            self._merging.file_ended(is_in=False)
            raise

    def _do(self, command: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(command)

    def _stage(self, source: Source, found: FileSum, progress: Callable[[int], None]) -> None:
        self._staging.begin()
        for row in self._rows(source, found, progress):
            if isinstance(row, Rejected):
                self._reject(row, found)
            else:
                self._staging.add(row)
                found.read[KINDS[type(row)]] += 1
        self._staging.finish()

    def _rows(self, source: Source, found: FileSum, progress: Callable[[int], None]) -> Iterator[Staged | Rejected]:
        translator = Translator(self.accounts, self.now)
        for record in records_of(source, self.standard_input, progress, found.other_keys):
            yield from translator.rows_of(record)

    def _reject(self, row: Rejected, found: FileSum) -> None:
        found.reject(row)
        self.rejects.write(rejected_line(found.file, row))
        if row.user_id is not None:
            self._staging.refuse(row.user_id)

    def _merge(self, source: Source, found: FileSum) -> None:
        found.created = self._merging.merge(are_few=self._staging.are_few)
        self._tell(found, may_wait=source.can_be_read_again)

    def _tell(self, found: FileSum, *, may_wait: bool) -> None:
        """Say of every staged record what became of it. Raises _RecordsRejected where the file must not come in."""
        found.take_outcomes(self._merging.answers("outcomes"), may_wait=may_wait)
        is_refused = found.rejected > 0 and not self.options.keep_going
        for *line, place, waits in self._merging.stream("left_out"):
            told = left_out_line(found.file, *line)
            if waits and may_wait and not is_refused:
                found.waiting.wait(line[0], place, line[5], self.spool.write(told))
            else:
                self.rejects.write(told)
        if is_refused:
            raise _RecordsRejected(found.file, found.rejected)
        found.take_disagreements(self._merging.answers("disagreements"))
        for source_id, user_id, why in self._merging.stream("mapped"):
            found.map(source_id, user_id, why)
        for values in self._merging.stream("left_over"):
            self.leftover.write(left_over_line(found.file, *values))
