"""What a reset tells while it goes on, on stderr."""

from alphanest_db.cli.backup_progress import backup_report
from alphanest_db.cli.progress import described, run_report
from alphanest_db.cli.render import StatusLine
from alphanest_db.cli.seed_progress import load_report
from alphanest_db.database.locks import LockHolder
from alphanest_db.seeding.synthetic.load import LoadReport
from alphanest_db.units import human_seconds
from alphanest_db.workflows.reset import ResetReport
from alphanest_db.workflows.reset_plan import ResetOrder


def reset_report(line: StatusLine, order: ResetOrder) -> ResetReport:
    """Tells the step that a reset is at, and what backing up and migrating tell."""

    def lock(waited_seconds: float, holder: LockHolder | None) -> None:
        line.update(f"waiting for another alphanest ({human_seconds(waited_seconds)}): {described(holder)}")

    load = load_report(line, order.synthetic) if order.synthetic else LoadReport()
    return ResetReport(stage=line.update, lock=lock, load=load, backup=backup_report(line), run=run_report(line))
