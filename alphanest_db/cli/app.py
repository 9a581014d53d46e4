"""The program: what stands before the command."""

from typing import Annotated

import typer

import alphanest_db
from alphanest_db.cli.grids import Lines
from alphanest_db.cli.options import EnvFileOption, UrlOption
from alphanest_db.cli.registry import LazyGroup
from alphanest_db.cli.render import show

SUMMARY = "Looks after the PostgreSQL database of the AlphaNest platform, through its whole life."

app = typer.Typer(name="alphanest", cls=LazyGroup, rich_markup_mode=None, no_args_is_help=True, help=SUMMARY)


def _show_version(value: bool) -> None:
    if value:
        text = f"alphanest {alphanest_db.__version__}"
        show(text, [Lines([text])])
        raise typer.Exit


@app.callback(
    epilog="Which database: --database-url, else DATABASE_URL, else DB_HOST, DB_PORT, DB_USER, DB_PASSWORD and DB_NAME, "
    "else the same from .env, else an embedded PostgreSQL that is started for you."
)
def alphanest(
    database_url: UrlOption = None,
    env_file: EnvFileOption = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, expose_value=False, help="Show the version."),
    ] = False,
) -> None:
    """Options before a command hold for that command."""
