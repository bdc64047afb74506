"""`allod policy history`: which policies were in force, read from their table alone.

No key is needed for it and no home is opened. What the table says is held to the ledger
when a home is opened, and by `allod ledger fsck`.
"""

import typer

from kit.clock import iso
from kit.errors import CannotStart
from kit.home import Home
from kit.readonly import ReadOnlyDatabase
from kit.settings import Settings
from kit.sqlite import Unreadable, answering
from pdp.change.history import TABLE, Activation, activations
from server.cli.console import Console
from server.cli.options import HomeOption, JsonOption
from server.faces.workbench_schemas import HistoryResponse


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("history")(history)


def history(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the policies that were in force in a home, newest first."""
    voice = Console(as_json=as_json)
    shown = HistoryResponse.of(_listed(Home(Settings.read(home=home).home)))
    for each in shown.items:
        voice.say(
            f"{each.number:>4}  {iso(each.at)}  {each.digest}  entry {each.entry}"
        )
    voice.give(shown)


def _listed(home: Home) -> list[Activation]:
    home.require()
    database = ReadOnlyDatabase(home.vault_db, prefix=TABLE)
    try:
        with answering():
            return activations(database.reader())
    except Unreadable:
        raise CannotStart(
            "the home does not list its policies where this program looks for them",
            fix="run `allod doctor`, which says what is wrong with it",
        ) from None
    finally:
        database.close()
