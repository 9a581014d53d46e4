"""How far a scan is."""

from alphanest_db.accounts.scanning.scanner import Scanner, ScanProgress
from alphanest_db.cli.render import StatusLine
from alphanest_db.units import human_bytes, plural


def scan_progress(line: StatusLine) -> ScanProgress:
    """Tells how much was looked at."""

    def tell(scanner: Scanner) -> None:
        objects = f", {plural(scanner.objects, 'git object')}" if scanner.objects else ""
        line.update(f"scanning: {plural(scanner.files, 'file')}{objects}, {human_bytes(scanner.size_bytes)}")

    return tell
