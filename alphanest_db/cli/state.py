"""What one call of the program knows: the options before the command, and what follows from them."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from alphanest_db.cli.render import say
from alphanest_db.settings import Settings, load_settings

if TYPE_CHECKING:
    from alphanest_db.database.target import Target


@dataclass
class State:
    """The options that choose the database, and the settings that they lead to."""

    database_url: str | None = None
    env_file: Path | None = None

    @cached_property
    def settings(self) -> Settings:
        """Read once. Raises InvalidInput."""
        return load_settings(os.environ, _working_folder(), database_url=self.database_url, env_file=self.env_file)

    @cached_property
    def migrations(self) -> Path:
        """The folder of the migrations."""
        from alphanest_db.schema.location import migrations_folder

        return migrations_folder(self.settings.migrations)

    @cached_property
    def target(self) -> "Target":
        """The database that is meant; the embedded server is started where that is it."""
        from alphanest_db.workflows.targeting import reach_target

        return reach_target(self.settings, notify=say)

    def announce(self) -> "Target":
        """The target of a command that changes something, named on stderr first."""
        say(f"database: {self.target.url()} ({self.target.source})")
        return self.target


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # somebody deleted it under our feet
        return Path("/")


def state_of(context: typer.Context) -> State:
    """The state of this call."""
    root = context.find_root()
    if not isinstance(root.obj, State):
        root.obj = State()
    return root.obj
