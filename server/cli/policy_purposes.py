"""`allod policy new-purpose` and `doctor`: begin a purpose, see what it still lacks."""

from dataclasses import asdict
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Annotated

import typer

from kit.errors import NotFound
from kit.home import make_folder, write_durably
from pdp.change.new_purpose import begun
from pdp.review.reachable import obstacles
from server.cli.console import Console, ExitCode
from server.cli.options import HomeOption, JsonOption, opened
from server.cli.policy_choice import FolderOption, chosen
from server.house.purposes import around_of

LEFT = (
    "fill in its row in tables/data.json; policies/README.md has the columns",
    "write what it is called in each language, under `purposes` in texts/",
    "write cases in {cases}; then allod policy accept {folder}, and read what it wrote",
    "look whether it is whole: allod policy test --policies {folder}",
    "propose it: allod policy propose {folder}",
    "once it is in force: bind it in data/catalogue.yaml; allod catalogue accept",
    "where that basis is consent: write the notice in data/notices.yaml",
    "give somebody a token: allod token new service NAME --role ROLE --purpose {name}",
    "see what is in its way: allod policy doctor {name}",
)


def add_to(app: typer.Typer) -> None:
    """Put the commands into an application."""
    app.command("new-purpose")(new_purpose)
    app.command("doctor")(doctor)


def new_purpose(
    name: Annotated[str, typer.Argument(help="AREA.WHAT, as in marketing.post.")],
    *,
    policies: Annotated[
        Path, typer.Option("--policies", help="A copy of the policies, to write into.")
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Begin a purpose in a copy of the policies, closed in every column."""
    voice = Console(as_json=as_json)
    files = begun(chosen(policies, home), name)
    for path, text in files.items():
        make_folder((policies / path).parent)
        write_durably(policies / path, text.encode(), mode=0o644)
        voice.say(f"wrote {path}")
    cases = next(path for path in files if path.startswith("cases/"))
    left = [each.format(name=name, folder=policies, cases=cases) for each in LEFT]
    voice.say("nobody may use it yet. What is left to you:", style="bold")
    for number, each in enumerate(left, 1):
        voice.say(f"{number}. {each}")
    voice.answer({"ok": True, "files": [*files], "left": left})


def doctor(
    purpose: Annotated[
        str | None, typer.Argument(help="One purpose; without it, all of them.")
    ] = None,
    *,
    policies: FolderOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what keeps a purpose from being used: in its row, and around it."""
    voice = Console(as_json=as_json)
    with opened(home) as house:
        bundle = house.bundle if policies is None else chosen(policies, home)
        found = obstacles(bundle, around_of(house))
    if purpose is not None:
        if purpose not in bundle.tables["purposes"]:
            raise NotFound("the policies have no such purpose")
        found = [each for each in found if each.about == purpose]
    for about, some in groupby(found, attrgetter("about")):
        voice.say(about, style="bold")
        for each in some:
            voice.say(f"    {each.what}\n        {each.mend}")
    voice.say(f"{len(found)} things are in the way", style="bold")
    voice.answer({"ok": not found, "items": [*map(asdict, found)]})
    if found:
        raise typer.Exit(ExitCode.NO)
