"""`allod correct`: what a customer is registered with, where that is wrong."""

from typing import Annotated

import typer

from kit.errors import NotFound
from pdp.decision.question import Minor
from server.auth.principals import ACCOUNT_CARE, operating
from server.cli.console import Console
from server.cli.options import CustomerArgument, HomeOption, JsonOption, opened
from server.house.house import House
from vault import Question
from vault.customers.corrections import Correction


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("correct")(correct)


def correct(
    customer: CustomerArgument,
    *,
    region: Annotated[
        str | None, typer.Option(help="Where they belong: a region of the policies.")
    ] = None,
    minor: Annotated[
        Minor | None, typer.Option(help="Whether they are under age.")
    ] = None,
    birth_date: Annotated[
        str | None, typer.Option(help="YYYY-MM-DD; says whether they are under age.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; they find it in their export.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct what a customer is registered with; it binds the next read."""
    voice = Console(as_json=as_json)
    wanted = Correction(region, minor and minor.value, birth_date)
    with opened(home) as house:
        becomes = house.vault.righting.corrections.correct(
            _operating(house, customer, region),
            customer,
            wanted,
            reason=reason,
            office=True,
        )
    voice.say(f"region {becomes.region}, under age: {becomes.minor}")
    voice.answer({"ok": True, "region": becomes.region, "minor": becomes.minor})


def _operating(house: House, customer_id: str, region: str | None) -> Question:
    """Ask from where data may be read that is kept there, before and after."""
    subject = house.customers.subject_of(customer_id)
    if subject is None:
        raise NotFound
    before = house.customers.standing(subject).region
    where = house.vault.words.from_both(before, region or before)
    return operating(ACCOUNT_CARE, region=where)
