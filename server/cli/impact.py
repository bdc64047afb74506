"""`allod policy impact`: what other policies would change, in numbers of records."""

from typing import Annotated

import typer

from kit.settings import Settings
from pdp.change.impact import impact
from pdp.change.widening import Widenings, opened_now
from server.cli.console import Console
from server.cli.options import HomeOption, JsonOption
from server.cli.policy_choice import named
from server.faces.impact_schemas import ImpactResponse
from server.house.passphrase import passphrase
from server.house.wiring import open_house


def add_to(app: typer.Typer) -> None:
    """Add the command to those about policies."""
    app.command("impact")(impact_)


def impact_(
    *,
    policies: Annotated[
        str, typer.Option(help="The policies in question: a folder, or a digest.")
    ],
    against: Annotated[
        str | None,
        typer.Option(
            help="What they are compared with: a folder, or a digest.",
            show_default="those in force in the home",
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count who would gain and who would lose, on the records that the home holds."""
    voice = Console(as_json=as_json)
    new = named(policies, home)
    settings = Settings.read(home=home)
    # It only counts; a server beside it finishes what there is to finish.
    with open_house(settings, passphrase=passphrase(), recover=False) as house:
        old = house.bundle if against is None else named(against, home)
        with voice.progress("asking about every class of records"):
            found = impact(old, new, house.vault.observed)
            opened = opened_now(old, new, found)
    for line in [*found.lines(), *opened.lines()]:
        voice.say(line, style="red" if line.startswith("opens") else "")
    compared = f"{found.classes:,} classes of records compared"
    voice.say(f"{compared}; {_verdict(opened)}", style="bold")
    voice.give(ImpactResponse.of(found, opened))


def _verdict(opened: Widenings) -> str:
    if opened.widens:
        return "widens: needs an approval of its own"
    if not opened.asked:
        return "what it might open is looked for when it is proposed"
    return "widens nothing"
