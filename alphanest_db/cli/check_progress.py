"""What running checks tell while they go on, on stderr."""

import sys
import time

from alphanest_db.checks.model import Progress
from alphanest_db.cli.render import StatusLine

_LONG_SECONDS = 10.0


def check_progress(line: StatusLine) -> Progress:
    """Tells how many pieces of the checks' work are done, and which was last; elsewhere than on a terminal, where it takes long."""
    begun = time.monotonic()

    def tell(done: int, pieces: int, what: str) -> None:
        if sys.stderr.isatty() or time.monotonic() - begun > _LONG_SECONDS:
            line.update(f"checking ({done} of {pieces}) {what}")

    return tell
