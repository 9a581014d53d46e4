"""What an export tells while it goes on, on stderr."""

from alphanest_db.cli.render import StatusLine
from alphanest_db.exporting.run import ExportProgress, Report
from alphanest_db.units import human_bytes


def export_progress(line: StatusLine) -> Report:
    """Tells how many files are done, and how much is written."""

    def tell(progress: ExportProgress) -> None:
        line.update(f"{progress.files} of {progress.of_files} files, {human_bytes(progress.size_bytes)} written")

    return tell
