"""Commands that are imported when one of them is called, not when `allod` starts.

What one command needs (a web server, a database) costs the start of every other: two
seconds of them before the first word of `allod --help`. So a list of commands holds
their names and what help says of each; the rest comes with the import beside them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

_Add = Callable[[typer.Typer], None]


@dataclass(frozen=True, slots=True)
class Later:
    """A command, or a group of them, that is not imported yet."""

    name: str
    says: str
    """What the list of commands says of it; a test holds it to the command's own."""
    add: _Add
    """Import the command and add it, with its neighbours in the module, to a group."""


Listing = dict[str, Later]
"""The commands of a group by their names, in the order in which help lists them."""


def brings(group: Listing, says: Mapping[str, str]) -> Callable[[_Add], _Add]:
    """Put the commands that an import brings into a group, with what help says."""

    def listed(add: _Add) -> _Add:
        group.update({name: Later(name, line, add) for name, line in says.items()})
        return add

    return listed


class Shelf(TyperGroup):
    """A group of commands, each imported when it is called."""

    later: ClassVar[Listing]

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - typer's own settings
        super().__init__(**settings)
        for each in self.later.values():
            self.add_command(TyperCommand(each.name, help=each.says))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - typer's
        """Find the command that is called, and import it."""
        name, _, rest = super().resolve_command(ctx, args)
        return name, name and self._imported(name), rest

    def _imported(self, name: str) -> Any:  # noqa: ANN401 - a class of typer's inside
        module = typer.Typer()
        self.later[name].add(module)
        self.commands[name] = typer.main.get_group(module).commands[name]
        return self.commands[name]


def shelf(commands: Listing) -> type[Shelf]:
    """Make the class of a group that holds these commands."""
    return type("_Shelf", (Shelf,), {"later": commands})
