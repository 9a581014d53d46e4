"""Parameters that cost nothing where nothing has to be converted.

Typer converts every value by pydantic, the defaults of options that were not given too; loading it takes 70 ms, a quarter of
what `alphanest db current` takes altogether.
"""

import os
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

_SMALL_NUMBER = re.compile("[0-9]{1,9}")


def _process_value(self: Any, ctx: Any, value: Any) -> Any:  # Any: Typer's parameter and context, any value
    """Takes a default as it is, and what is plainly of the type that is wanted."""
    if (value is None and not self.required) or (value is not None and value is self.default):
        return self.callback(ctx, self, value) if self.callback else value
    if (plain := _plain(self.type_descriptor, value)) is not None:
        return self.callback(ctx, self, plain) if self.callback else plain
    return TyperOption.process_value(self, ctx, value)  # an argument's is the same one


def _plain(wanted: Any, value: Any) -> Any:  # Any: Typer's type descriptor, any value
    """Text, texts, a path, the word of a choice or a small number that needs no library; None where that is not plain."""
    kind, info = wanted.annotation, wanted.parameter_info
    if isinstance(value, list | tuple) and kind == list[str] and all(isinstance(item, str) for item in value):
        return list(value)
    if not isinstance(value, str):
        return None
    if kind is str:
        return value
    if kind is Path:
        return Path(value) if _takes_any_path(info) and not _is_unreadable(value) else None
    if kind is int and _SMALL_NUMBER.fullmatch(value):
        number = int(value)
        return number if (info.min is None or number >= info.min) and (info.max is None or number <= info.max) else None
    if isinstance(kind, type) and issubclass(kind, StrEnum) and value in set(kind):
        return kind(value)
    return None


def _takes_any_path(info: Any) -> bool:  # Any: Typer's description of a parameter
    asks = info.exists or info.resolve_path or info.writable or info.path_type
    return bool(info.file_okay and info.dir_okay and not asks)


def _is_unreadable(path: str) -> bool:
    return os.access(path, os.F_OK) and not os.access(path, os.R_OK)


class _LightOption(TyperOption):
    process_value = _process_value


class _LightArgument(TyperArgument):
    process_value = _process_value


_LIGHT: dict[type, Any] = {TyperOption: _LightOption, TyperArgument: _LightArgument}


def _light(parameters: Sequence[Any]) -> list[Any]:  # Any: Typer's parameters have no public type
    for parameter in parameters:
        parameter.__class__ = _LIGHT.get(type(parameter), type(parameter))
    return list(parameters)


class LightCommand(TyperCommand):
    """A command whose parameters are light."""

    def get_params(self, ctx: Any) -> list[Any]:  # Any: Typer's context and parameters
        """As Typer's, --help included."""
        return _light(super().get_params(ctx))


class LightGroup(TyperGroup):
    """A group whose parameters are light."""

    def get_params(self, ctx: Any) -> list[Any]:  # Any: Typer's context and parameters
        """As Typer's, --help included."""
        return _light(super().get_params(ctx))
