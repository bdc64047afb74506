"""`allod init`: make an installation."""

from typing import Annotated

import typer

from kit.settings import Settings
from server.cli.console import Console
from server.cli.options import HomeOption, JsonOption, opened
from server.house.init import found_house
from server.house.passphrase import passphrase
from server.house.upgrading import upgrade_home


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("init")(init)


def init(
    *,
    home: HomeOption = None,
    origin: Annotated[
        str | None,
        typer.Option(
            help="The name of the ledger: a URL without scheme, such as"
            " example.org/allod. It cannot be changed later.",
        ),
    ] = None,
    upgrade_tables: Annotated[
        bool,
        typer.Option("--upgrade", help="The same as `allod upgrade`."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make an installation: stores, root key, ledger, policies, catalogue."""
    voice, settings = Console(as_json=as_json), Settings.read(home=home)
    if upgrade_tables:
        upgrade_home(settings, passphrase=passphrase())
    else:
        found_house(settings, origin=origin, passphrase=passphrase())
    with opened(home) as house:
        made = {
            "ok": True,
            "home": str(settings.home),
            "origin": house.log.origin,
            "ledger_key": house.log.policy.logs[0].vkey,
            "policy": house.bundle.digest,
        }
    voice.say(f"The installation in {made['home']} is ready.", style="bold")
    voice.say(f"  ledger    {made['origin']}")
    voice.say(f"  its key   {made['ledger_key']}")
    voice.say(f"  policies  {made['policy']}")
    voice.say("Back up data/ and keys/ apart; each folder's README says how long.")
    voice.answer(made)
