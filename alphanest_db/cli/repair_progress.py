"""What repairing tells while it goes on, on stderr."""

import sys
import time
from collections.abc import Callable

from alphanest_db.cli.render import StatusLine

_LONG_SECONDS = 10.0


def repair_progress(line: StatusLine) -> Callable[[str], None]:
    """Tells what is being done; elsewhere than on a terminal, where it takes long."""
    begun = time.monotonic()

    def tell(what: str) -> None:
        if sys.stderr.isatty() or time.monotonic() - begun > _LONG_SECONDS:
            line.update(what)

    return tell
