"""`allod remove | rectify`: own data put right, for whoever asks at the counter."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from kit.canonical import parse
from kit.errors import Fault, Invalid, Malformed, NotFound
from kit.ids import parse_id
from server.auth.principals import OWN_ACCESS, Bearer
from server.cli.auth import on_record
from server.cli.console import Console
from server.cli.export import ASKED_BY
from server.cli.options import CustomerArgument, HomeOption, JsonOption, opened
from server.faces.righted import CorrectedResponse, RemovalResponse, own_law
from server.house.house import House
from vault import Question


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("remove")(remove)
    app.command("rectify")(rectify)


def remove(
    customer: CustomerArgument,
    record: Annotated[str, typer.Argument(help="The contributed item's id.")],
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove one contributed item from the live store, at its author's word."""
    voice = Console(as_json=as_json)
    with _for(home, customer, record) as (house, question, named):
        removals = house.vault.righting.removals
        removal = removals.remove_own(question, named, by=ASKED_BY)
        law = own_law(house, house.customers.subject_of(customer) or b"")
    shown = RemovalResponse.of(removal, law)
    voice.say(f"{shown.state}; it is not erased in copies made before. What stays:")
    for each in shown.kept:
        voice.say(f"  {each.what} ({each.article})")
    voice.give(shown)


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
    with _for(home, customer, record) as (house, question, named):
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


@contextmanager
def _for(
    home: Path | None, customer: str, record: str
) -> Iterator[tuple[House, Question, bytes]]:
    """Open the installation for a customer's own right; they see who used it."""
    named = parse_id(record)
    with opened(home) as house:
        subject = on_record(house, customer)
        if named is None:
            raise NotFound
        region = house.customers.standing(subject).region
        bearer = Bearer.customer(subject, region=region)
        yield house, bearer.asks(OWN_ACCESS, action="write", request=""), named


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
