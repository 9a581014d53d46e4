"""`alphanest backup verify`: proof, not hope."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.options import DatabaseCommand, JobsOption, OutputOption, command_group, examples
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import StatusLine, say, show
from alphanest_db.cli.state import state_of
from alphanest_db.errors import InvalidInput

app = command_group("Proof that backups can be restored.")


@app.command(
    cls=DatabaseCommand,
    epilog=examples(
        "alphanest backup verify",
        "alphanest backup verify --all --checksums",
        "alphanest backup verify 20261124 --on-embedded",
    ),
)
def verify(
    context: typer.Context,
    backup: Annotated[
        str | None, typer.Argument(help="A backup's name or the beginning of it, or latest.", show_default="latest")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All backups in the folder.")] = False,
    checksums: Annotated[bool, typer.Option("--checksums", help="Only read every byte and compare it.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Restore it and compare the rows; the default.")] = False,
    on_embedded: Annotated[bool, typer.Option("--on-embedded", help="Restore on the embedded server.")] = False,
    on_target: Annotated[
        bool, typer.Option("--on-target", help="Restore on the database's own server, in production too.")
    ] = False,
    folder: Annotated[Path | None, typer.Option("--from", metavar="DIR", help="Where the backups are.")] = None,
    jobs: JobsOption = 0,
    output: OutputOption = Output.table,
) -> ExitCode:
    """Prove that a backup can be restored.

    It is restored into a scratch database, on the embedded server in staging and production, and every table, sequence, large
    object and foreign key is compared with what was dumped. Exits with 1 where it is not equal, or rows violate a foreign key.
    What was found is kept with the backup.
    """
    from alphanest_db.backup.evidence import Level
    from alphanest_db.backup.store import Store
    from alphanest_db.cli.restore_progress import restore_report
    from alphanest_db.cli.views.verify import verifications_view
    from alphanest_db.workflows.sources import BACKUPS
    from alphanest_db.workflows.verify import choose_backup, choose_place, verify_backups

    if checksums and restore:
        raise InvalidInput("--checksums and --restore cannot be meant both", "--restore includes --checksums.")
    state = state_of(context)
    found = verify_backups(
        Store(folder or state.settings.home / BACKUPS), state.settings, choose_backup(backup, every=every),
        Level.checksums if checksums else Level.restore, os.environ,
        place=choose_place(on_embedded=on_embedded, on_target=on_target), jobs=jobs or min(4, os.cpu_count() or 1),
        now=lambda: datetime.now(UTC), notify=say, report=restore_report(StatusLine()),
    )  # fmt: skip
    show(found, verifications_view(found), output)
    return ExitCode.done if all(item.is_clean for item in found) else ExitCode.answer_is_bad
