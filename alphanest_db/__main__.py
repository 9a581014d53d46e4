"""`python -m alphanest_db` is `alphanest`."""

from alphanest_db.cli.leaving import leave_on_interrupt


def main() -> None:
    """The console script."""
    leave_on_interrupt()
    from alphanest_db.cli import boundary  # loads for 0.1 s what Ctrl-C would show a traceback of

    boundary.main()


if __name__ == "__main__":
    main()
