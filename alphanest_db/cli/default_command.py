"""Groups that are a command too: `seed` alone is `seed demo`, with all its options."""

from typing import Any, ClassVar

from alphanest_db.cli.light import LightGroup

# Any: Typer's context has no public type here


class DefaultGroup(LightGroup):
    """A group whose command `default` is meant where none is named."""

    default: ClassVar[str]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the name of the command in where it was left out."""
        return super().parse_args(ctx, [self.default, *args] if self.is_left_out(ctx, args) else args)

    def is_left_out(self, ctx: Any, args: list[str]) -> bool:
        """Whether the arguments begin with none: there are none, or with an option that is not --help."""
        return not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)
