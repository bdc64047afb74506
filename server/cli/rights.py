"""`allod rights`: what a customer asks for at the counter, done for them and on record.

Customers do it for themselves over the API. Here an operator says no for somebody who
wrote a letter; the access log says that it was done so, and the customer sees that.
What gives leave (a consent, an objection taken back, a restriction lifted) is nobody's
but the customer's, and has no command.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from consent import ConsentStatus, Grants
from kit.db import WriteSession
from server.cli.auth import on_record
from server.cli.console import Console
from server.cli.files import new_file
from server.cli.options import CustomerArgument, HomeOption, JsonOption, opened
from server.faces.consents_schemas import ConsentResponse
from server.house.house import House
from vault.organisation.restricted import ARTICLES, RestrictionGround

BY: Final = "operator for the customer"
No: TypeAlias = Callable[[Grants, WriteSession, bytes, str], object]

PurposeArgument = Annotated[str, typer.Argument(help="A purpose of the policies.")]

app = typer.Typer(
    help="Say no for a customer who asked at the counter.", no_args_is_help=True
)


@app.command("show")
def show(
    customer: CustomerArgument, *, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Show where every purpose stands for a customer, and what restricts them."""
    with opened(home) as house:
        subject = on_record(house, customer)
        with house.vault_db.read() as session:
            found = _shown(house, house.grants.everything(session, subject))
        restricted = house.vault.reach.restrictions.of(subject)
    voice = Console(as_json=as_json)
    _table(voice, *found)
    voice.say("restricted" if restricted.stands else "not restricted")
    voice.answer(
        {
            "ok": True,
            "purposes": [each.model_dump(mode="json") for each in found],
            "restricted": restricted.stands,
            "grounds": [each.ground for each in restricted.claims],
        }
    )


@app.command("withdraw")
def withdraw(
    customer: CustomerArgument,
    purpose: PurposeArgument,
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say no to a purpose: whatever of it can be stopped, is (GDPR 7(3), 21)."""
    found = _said_no(home, customer, purpose, Grants.withdraw)
    _say(Console(as_json=as_json), found)


@app.command("object")
def object_(
    customer: CustomerArgument,
    purpose: PurposeArgument,
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Object to a purpose (GDPR 21); it binds the next read."""
    found = _said_no(home, customer, purpose, Grants.object_)
    _say(Console(as_json=as_json), found)


@app.command("restrict")
def restrict(
    customer: CustomerArgument,
    *,
    ground: Annotated[
        RestrictionGround, typer.Option(help="On which ground of GDPR 18(1).")
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Restrict the use of a customer's data as they want it (GDPR 18(1))."""
    with _saying(home, customer) as (house, session, subject):
        house.vault.reach.restrictions.claim(session, subject, ground, by=BY)
    voice = Console(as_json=as_json)
    voice.say(f"restricted, by {ARTICLES[ground]}; the customer lifts it")
    voice.answer({"ok": True, "ground": ground, "article": ARTICLES[ground]})


@app.command("record")
def record(
    customer: CustomerArgument,
    purpose: PurposeArgument,
    *,
    out: Annotated[Path, typer.Option(help="The file to write; a new one.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what a customer said about consent as a signed record (TS 27560)."""
    with opened(home) as house:
        subject = on_record(house, customer)
        with house.vault_db.read() as session:
            said = house.grants.history(session, subject)
        receipt = house.consent_receipts.of(said, purpose)
    with new_file(out) as file:
        file.write(json.dumps(receipt, ensure_ascii=False, indent=1).encode() + b"\n")
    voice = Console(as_json=as_json)
    voice.say(f"{out}: `allod verify` checks it, with a policy that names the log")
    voice.answer({"ok": True, "file": str(out)})


def _said_no(home: Path | None, customer: str, purpose: str, no: No) -> ConsentResponse:
    """Say one of the two kinds of no; gives where the purpose stands then."""
    with _saying(home, customer) as (house, session, subject):
        no(house.grants, session, subject, purpose)
        (found,) = _shown(house, [house.grants.standing(session, subject, purpose)])
        return found


@contextmanager
def _saying(
    home: Path | None, customer: str
) -> Iterator[tuple[House, WriteSession, bytes]]:
    with opened(home) as house:
        subject = on_record(house, customer)
        with house.vault_db.write() as session:
            yield house, session, subject


def _shown(house: House, found: Iterable[ConsentStatus]) -> list[ConsentResponse]:
    speaker = house.languages.speak([])
    return [ConsentResponse.of(each, house.catalog, speaker) for each in found]


def _say(voice: Console, found: ConsentResponse) -> None:
    _table(voice, found)
    voice.give(found)


def _table(voice: Console, *found: ConsentResponse) -> None:
    rows: list[tuple[str, ...]] = [
        (
            *(each.purpose, each.state, use.collection),
            *("rests" if use.stopped else "goes on", use.article),
        )
        for each in found
        for use in each.uses
    ]
    voice.table("purpose", "state", "data", "use", "article", rows=rows)
