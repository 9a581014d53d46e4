"""What a backup tells while it goes on, on stderr."""

from alphanest_db.backup.create import BackupProgress, BackupReport
from alphanest_db.cli.render import StatusLine, say
from alphanest_db.database.exclusive import ExclusiveHolder
from alphanest_db.database.locks import LockHolder
from alphanest_db.units import human_bytes, human_seconds


def backup_report(line: StatusLine) -> BackupReport:
    """Tells bytes and tables, who else is at work on the database, and what was cleaned up."""

    def lock(waited_seconds: float, holder: LockHolder | None) -> None:
        who = (
            f"process {holder.pid} ({holder.client}) since {holder.since:%H:%M:%S} UTC" if holder else "nobody any more"
        )
        line.update(f"waiting for another backup or restore ({human_seconds(waited_seconds)}): {who}")

    def held(waited_seconds: float, holder: ExclusiveHolder) -> None:
        line.update(f"waiting for a table ({human_seconds(waited_seconds)}): {holder.described()}")

    def progress(done: BackupProgress) -> None:
        read = f"{human_bytes(done.dump.read_bytes)} of about {human_bytes(done.table_size_bytes)}"
        tables = f"{min(done.dump.tables, done.tables)} of {done.tables} tables"
        line.update(
            f"{tables}, {read}, {human_bytes(done.dump.written_bytes)} written; {done.counted_tables} tables counted"
        )

    def cleaned(ids: tuple[str, ...]) -> None:
        for backup_id in ids:
            say(f"removed what was left of the unfinished backup {backup_id}")

    return BackupReport(lock=lock, progress=progress, held=held, cleaned=cleaned)
