"""`allod policy impact`: what other policies would change, in numbers of records."""

from typing import Annotated

import typer

from kit.settings import Settings
from pdp.impact import impact
from pdp.widening import opened_by
from server.cli.options import HomeOption, JsonOption
from server.cli.policy_choice import named
from server.cli.voice import Voice
from server.faces.impact import impact_shown
from server.passphrase import passphrase
from server.wiring import open_house


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
    voice = Voice(as_json=as_json)
    new = named(policies, home)
    settings = Settings.read(home=home)
    # It only counts; a server beside it finishes what there is to finish.
    with open_house(settings, passphrase=passphrase(), settle=False) as house:
        old = house.bundle if against is None else named(against, home)
        with voice.progress("asking about every class of records"):
            found = impact(old, new, house.vault.observed)
            opened = opened_by(old, new, found)
    for line in [*found.lines(), *opened.lines()]:
        voice.say(line, style="red" if line.startswith("opens") else "")
    word = "widens: needs an approval of its own" if opened.widens else "widens nothing"
    voice.say(f"{found.classes:,} classes of records compared; {word}", style="bold")
    shown = impact_shown(found, opened).model_dump(mode="json")
    voice.answer({"ok": True, **shown})
