"""`allod remove`: one contributed item out of the live store, at its author's word.

An operator does it for somebody who asks at the counter; the access log says so, and
the author sees it.
"""

from typing import Annotated

import typer

from server.cli.auth import righting
from server.cli.console import Console
from server.cli.export import ASKED_BY
from server.cli.options import CustomerArgument, HomeOption, JsonOption
from server.faces.righted import RemovalResponse, own_law


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("remove")(remove)


def remove(
    customer: CustomerArgument,
    record: Annotated[str, typer.Argument(help="The contributed item's id.")],
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove one contributed item from the live store, at its author's word."""
    voice = Console(as_json=as_json)
    with righting(home, customer, record) as (house, question, named):
        removals = house.vault.righting.removals
        removal = removals.remove_own(question, named, by=ASKED_BY)
        law = own_law(house, house.customers.subject_of(customer) or b"")
    shown = RemovalResponse.of(removal, law)
    voice.say(f"{shown.state}; it is not erased in copies made before. What stays:")
    for each in shown.kept:
        voice.say(f"  {each.what} ({each.article})")
    voice.give(shown)
