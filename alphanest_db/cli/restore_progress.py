"""What a restore tells while it goes on, on stderr."""

from alphanest_db.backup.restore.model import RestoreReport, Stage
from alphanest_db.backup.restore.watching import LoadProgress
from alphanest_db.cli.progress import described
from alphanest_db.cli.render import StatusLine
from alphanest_db.database.fingerprints import TableFingerprint
from alphanest_db.database.locks import LockHolder
from alphanest_db.units import human_bytes, human_seconds, plural


def restore_report(line: StatusLine) -> RestoreReport:
    """Tells what a restore is at, by bytes and tables, and who holds the lock that we wait for."""
    done = {"tables": 0}

    def stage(now: Stage, what: str) -> None:
        done["tables"] = 0
        line.update(f"{now}: {what}")

    def bytes_read(read: int, of: int | None) -> None:
        line.update(f"{human_bytes(read)}{f' of {human_bytes(of)}' if of is not None else ''} read")

    def load(progress: LoadProgress) -> None:
        line.update(f"loading: {plural(progress.tables, 'table')}, {human_bytes(progress.size_bytes)}")

    def table(found: TableFingerprint) -> None:
        done["tables"] += 1
        line.update(f"comparing: {plural(done['tables'], 'table')}, {found.schema}.{found.table}")

    def lock(waited_seconds: float, holder: LockHolder | None) -> None:
        line.update(f"waiting for another alphanest ({human_seconds(waited_seconds)}): {described(holder)}")

    return RestoreReport(stage=stage, bytes_read=bytes_read, load=load, table=table, lock=lock)
