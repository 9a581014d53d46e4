"""Which commands and groups there are, and in which module; none is imported before it is needed."""

import importlib
from collections.abc import Iterator, MutableMapping
from typing import Any

import typer

from alphanest_db.cli.light import LightGroup

COMMANDS = {
    "init": "alphanest_db.cli.commands.init",
    "db": "alphanest_db.cli.commands.db",
    "backup": "alphanest_db.cli.commands.backup",
    "check": "alphanest_db.cli.commands.check",
    "export": "alphanest_db.cli.commands.export",
    "import": "alphanest_db.cli.commands.import_data",
    "key": "alphanest_db.cli.commands.key",
    "restore": "alphanest_db.cli.commands.restore",
    "reset": "alphanest_db.cli.commands.reset",
    "seed": "alphanest_db.cli.commands.seed",
    "server": "alphanest_db.cli.commands.server",
    "user": "alphanest_db.cli.commands.user",
    "subscription": "alphanest_db.cli.commands.subscription",
}

# Any: Typer's commands have no public type


class _LazyCommands(MutableMapping[str, Any]):
    """Loads a command when it is asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            app = importlib.import_module(COMMANDS[name]).app
            self._loaded[name] = typer.main.get_command(app)
            self._loaded[name].name = name
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)

    def __contains__(self, name: object) -> bool:
        return name in COMMANDS


class LazyGroup(LightGroup):
    """The program itself: a group whose commands are the registry's."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.commands = _LazyCommands()
