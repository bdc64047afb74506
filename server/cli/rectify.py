"""`allod rectify`: fields of a record put right, for whoever asks at the counter."""

from pathlib import Path
from typing import Annotated, Any

import typer

from kit.canonical import parse
from kit.errors import Fault, Invalid, Malformed
from server.cli.auth import righting
from server.cli.console import Console
from server.cli.export import ASKED_BY
from server.cli.options import CustomerArgument, HomeOption, JsonOption
from server.faces.righted import CorrectedResponse


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("rectify")(rectify)


def rectify(
    customer: CustomerArgument,
    record: Annotated[str, typer.Argument(help="The record's id.")],
    *,
    values: Annotated[
        Path,
        typer.Option(help="A file: JSON, field by field; null takes a field out."),
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct fields of a record, at the word of whom it is about (GDPR 16)."""
    voice = Console(as_json=as_json)
    changes = _read(values)
    with righting(home, customer, record) as (house, question, named):
        corrected = house.vault.righting.rectification.correct_own(
            question, named, changes, by=ASKED_BY
        )
    shown = CorrectedResponse.of(corrected)
    voice.say(f"version {shown.version}; these were given data before, tell them:")
    for each in shown.recipients:
        voice.say(f"  {each.name}, for {each.purpose}")
    for name in shown.doubtful:
        voice.say(f"doubtful, and kept: field {name}")
    voice.give(shown)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = parse(path.read_bytes())
    except (OSError, Malformed):
        found = None
    if not isinstance(found, dict):
        raise Invalid(
            "the file that --values names cannot be read as fields",
            faults=(Fault("/values", "one JSON object: a field, and what it says"),),
        )
    return found
