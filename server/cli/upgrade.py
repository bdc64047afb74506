"""`allod upgrade`: bring a home to what this program reads and writes."""

from typing import Annotated

import typer

from kit.settings import Settings
from server.cli.console import Console
from server.cli.options import HomeOption, JsonOption
from server.house.passphrase import passphrase
from server.house.upgrading import upgrade_home


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("upgrade")(upgrade)


def upgrade(
    *,
    vouch_again: Annotated[
        bool,
        typer.Option(
            "--vouch-again",
            help="A copy of data/ from before the upgrade was put back: vouch for its"
            " rows once more. The ledger says so.",
        ),
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a home that an older program wrote to what this one reads and writes.

    Stop what serves it and make a backup first. It may be run again at any time: a
    run that was cut off is finished, and a home that is up to date stays as it is.
    """
    voice, settings = Console(as_json=as_json), Settings.read(home=home)
    done = upgrade_home(
        settings,
        passphrase=passphrase(),
        told=lambda name: voice.say(f"  {name}"),
        vouch_again=vouch_again,
    )
    voice.say(
        f"The home in {settings.home} is upgraded."
        if done
        else f"The home in {settings.home} was up to date.",
        style="bold",
    )
    voice.answer({"ok": True, "home": str(settings.home), "steps": done})
