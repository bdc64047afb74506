"""`allod export` and `allod erase`: a customer's rights, exercised at the counter.

Customers do both for themselves over the API. An operator does it for somebody who
wrote a letter; the access log says that it was done so, and the customer sees that.
"""

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from kit.errors import Invalid, NotFound
from kit.home import write_durably
from ledger.certificate import PROOF
from server.cli.files import new_file, require_new
from server.cli.options import HomeOption, JsonOption, opened
from server.cli.voice import ExitCode, Voice
from server.house import House

ASKED_BY: Final = "operator for the customer"
LATER: Final = (
    "The quorum of witnesses cosigns in the background; `allod verify` says which"
    " tree is waited for, and `allod ledger extension TREE` writes the proof."
)


def add_to(app: typer.Typer) -> None:
    """Put the commands into an application."""
    app.command("export")(export)
    app.command("erase")(erase)


CustomerArgument = Annotated[str, typer.Argument(help="The customer's id.")]


def export(
    customer: CustomerArgument,
    *,
    out: Annotated[Path, typer.Option(help="The archive to write; a new file.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write all that is held about a customer into one signed archive."""
    voice = Voice(as_json=as_json)
    with opened(home) as house:
        subject = _subject(house, customer)
        provisional = house.log.witnessed
        with voice.progress("exporting") as progress:
            size = 0
            with new_file(out) as file:
                for part in house.exports.write(subject, asked_by=ASKED_BY):
                    size += file.write(part)
                    progress(size, None)
    voice.say(f"{out}: {size:,} bytes. It is in the clear: hand it over, delete it.")
    voice.say("`allod verify` checks it, with a policy that the customer trusts.")
    if provisional:
        voice.say(f"Its newest receipts are provisional. {LATER}")
    voice.answer(
        {"ok": True, "file": str(out), "bytes": size, "provisional": provisional}
    )


def erase(
    customer: CustomerArgument,
    *,
    out: Annotated[Path, typer.Option(help="The certificate to write; a new file.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; there is no way back.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a customer for good, and write the certificate that says so."""
    voice = Voice(as_json=as_json)
    require_new(out)
    with opened(home) as house:
        subject = _subject(house, customer)
        if not (yes or as_json) and not typer.confirm("Erase for good?", err=True):
            raise typer.Exit(ExitCode.NO)
        if as_json and not yes:
            raise Invalid("an erasure has no way back", fix="add --yes to mean it")
        ordered = house.erasure.erase(subject)
        state = house.erasure.state(ordered.order_id, ordered.secret)
    standing = state.standing
    beside = {PROOF: standing.proof} if standing.proof else {}
    file = None if state.certificate is None else {**state.certificate, **beside}
    write_durably(out, json.dumps(file, indent=1).encode())
    voice.say(f"Erased. The certificate is in {out}.", style="bold")
    if standing.provisional:
        voice.say(f"It is provisional. {LATER}")
    voice.say(f"  erasure  {ordered.order_id.hex()}")
    voice.say(f"  secret   {ordered.secret}")
    voice.say("Give all three to the customer; the secret is shown once, here.")
    voice.answer(
        {
            "ok": True,
            "erasure_id": ordered.order_id.hex(),
            "secret": ordered.secret,
            "state": state.step,
            "certificate": state.certificate,
            "provisional": standing.provisional,
            "proof": standing.proof,
        }
    )


def _subject(house: House, customer: str) -> bytes:
    subject = house.customers.subject_of(customer)
    if subject is None:
        raise NotFound
    return subject
