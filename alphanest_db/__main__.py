"""`python -m alphanest_db` is `alphanest`."""

import gc

from alphanest_db.cli.leaving import leave_on_interrupt

# Modules are many objects and no garbage: looked through after every 700 of them, as Python does, they load a tenth more slowly.
_OBJECTS_BETWEEN_LOOKS = 50_000


def main() -> None:
    """The console script."""
    leave_on_interrupt()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS)
    from alphanest_db.cli import boundary  # loads for 0.1 s what Ctrl-C would show a traceback of

    boundary.main()


if __name__ == "__main__":
    main()
