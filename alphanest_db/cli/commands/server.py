"""`alphanest server`: the embedded PostgreSQL."""

from typing import Annotated

import typer

from alphanest_db.cli.exit_codes import ExitCode
from alphanest_db.cli.grids import Lines
from alphanest_db.cli.options import LocalCommand, OutputOption, command_group, examples
from alphanest_db.cli.output import Output
from alphanest_db.cli.render import say, show
from alphanest_db.cli.state import state_of

app = command_group("The embedded PostgreSQL server.")

PortOption = Annotated[
    int | None,
    typer.Option("--port", min=1024, max=65535, help="Also listen on this port of 127.0.0.1, for GUI tools."),
]
ShowPasswordOption = Annotated[bool, typer.Option("--show-password", help="Write the password out.")]


@app.command(cls=LocalCommand, epilog=examples("alphanest server start", "alphanest server start --port 5433"))
def start(context: typer.Context, port: PortOption = None, output: OutputOption = Output.table) -> None:
    """Start the server, and leave it running.

    At the first time it is made. With --port, a server that runs is started anew, unless others are connected to it.
    """
    from alphanest_db.cli.views.server import status_view
    from alphanest_db.database.embedded.server import start as start_server

    status = start_server(state_of(context).settings.home, port=port, notify=say)
    show(status, status_view(status), output)


@app.command(cls=LocalCommand, epilog=examples("alphanest server stop"))
def stop(context: typer.Context, output: OutputOption = Output.table) -> None:
    """Stop the server; its data stay."""
    from alphanest_db.cli.views.server import stopped_view
    from alphanest_db.database.embedded.server import stop as stop_server

    stopped = stop_server(state_of(context).settings.home)
    show(stopped, stopped_view(stopped), output)


@app.command(cls=LocalCommand, epilog=examples("alphanest server status", "alphanest server status --output json"))
def status(context: typer.Context, output: OutputOption = Output.table) -> ExitCode:
    """Show whether the server runs, and where everything is.

    Exits with 1 where it does not run.
    """
    from alphanest_db.cli.views.server import status_view
    from alphanest_db.database.embedded.server import status as server_status

    found = server_status(state_of(context).settings.home)
    show(found, status_view(found), output)
    return ExitCode.done if found.running else ExitCode.answer_is_bad


@app.command(cls=LocalCommand, epilog=examples("alphanest server url", "alphanest server url --show-password"))
def url(context: typer.Context, show_password: ShowPasswordOption = False) -> None:
    """Show the URL of the embedded server's database.

    Starts the server where it does not run.
    """
    from alphanest_db.database.embedded.server import ensure_running

    text = ensure_running(state_of(context).settings.home, notify=say).url(show_password=show_password)
    show(text, [Lines([text])])
