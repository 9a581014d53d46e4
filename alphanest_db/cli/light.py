"""Parameters that cost nothing where nothing has to be converted.

Typer converts every value by pydantic, the defaults of options that were not given too; loading it takes 70 ms, a quarter of
what `alphanest db current` takes altogether.
"""

from collections.abc import Sequence
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


def _process_value(self: Any, ctx: Any, value: Any) -> Any:  # Any: Typer's parameter and context, any value
    """Takes a default, and text or texts where they are wanted, as they are."""
    annotation = self.type_descriptor.annotation
    is_text = isinstance(value, str) and annotation is str
    if isinstance(value, list | tuple) and annotation == list[str] and all(isinstance(item, str) for item in value):
        value, is_text = list(value), True
    if (value is None and not self.required) or is_text or (value is not None and value is self.default):
        return self.callback(ctx, self, value) if self.callback else value
    return TyperOption.process_value(self, ctx, value)  # an argument's is the same one


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
