"""`allod erase` and `allod erasure`: the last thing a customer asks for, and its proof.

An erasure cannot be taken back, so what it gives has a safe place before it begins: the
certificate's file is made, with room in it, and id and secret are said and stand in the
file. Nothing is destroyed while one of these fails. Afterwards an operator can fetch a
certificate again by its id; the secret is known to nobody here.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from kit.errors import AllodError, Fault, Invalid, NotFound, Unavailable
from kit.ids import parse_id
from ledger.formats.certificate import PROOF
from server.cli.auth import on_record
from server.cli.console import Console, ExitCode
from server.cli.export import LATER
from server.cli.files import ResultFile, new_file, result_file
from server.cli.options import CustomerArgument, HomeOption, JsonOption, opened
from server.faces.customers_schemas import ErasureResponse
from server.house.house import House
from vault import Ticket

app = typer.Typer(
    help="List erasures, fetch a certificate again.", no_args_is_help=True
)


def add_to(program: typer.Typer) -> None:
    """Put the commands into an application."""
    program.command("erase")(erase)
    program.add_typer(app, name="erasure")


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
    voice = Console(as_json=as_json)
    if as_json and not yes:
        raise Invalid("an erasure has no way back", fix="add --yes to mean it")
    with opened(home) as house:
        subject = house.customers.subject_of(customer)
        if subject is None:
            raise NotFound
        if not yes and not typer.confirm("Erase for good?", err=True):
            raise typer.Exit(ExitCode.NO)
        with result_file(out) as file:
            on_record(house, customer)
            _erase(voice, house, file, subject)


def _erase(voice: Console, house: House, file: ResultFile, subject: bytes) -> None:
    ticket = Ticket.draw()
    _hand_over(voice, file, ticket)
    house.erasure.order(subject, ticket)
    file.keep()
    try:
        house.erasure.carry_out(ticket)
        state = house.erasure.state(ticket.order_id, ticket.secret)
        if state.certificate is None:
            raise _waiting()
        file.finish(_text(state.certificate, state.standing.proof))
        voice.say(f"Erased. The certificate is in {file.path}.", style="bold")
        if state.standing.provisional:
            voice.say(f"It is provisional. {LATER}")
        voice.give(ErasureResponse.of(state, **_ticket(ticket)))
    except (AllodError, OSError):
        # It is ordered, whatever failed: what is given for it is said all the same.
        voice.warn(f"erasure {ticket.order_id.hex()}, secret {ticket.secret}")
        raise


def _hand_over(voice: Console, file: ResultFile, ticket: Ticket) -> None:
    """Give id and secret, before anything is ordered that they would be needed for."""
    pending = {**_ticket(ticket), "state": "ordered", "certificate": None}
    file.write(json.dumps(pending, indent=1).encode())
    voice.try_output()
    voice.say(f"  erasure  {ticket.order_id.hex()}")
    voice.say(f"  secret   {ticket.secret}")
    voice.say(
        "Give both to the customer with the certificate; the secret is shown once."
    )


@app.command("list")
def list_(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the erasures: their ids, and how far each is."""
    voice = Console(as_json=as_json)
    with opened(home) as house:
        found = house.erasure.all()
    items = [{"erasure_id": each.order_id.hex(), "state": each.step} for each in found]
    voice.table("erasure", "state", rows=[tuple(item.values()) for item in items])
    voice.answer({"ok": True, "items": items})


@app.command()
def show(
    erasure: Annotated[str, typer.Argument(help="The erasure's id.")],
    *,
    out: Annotated[
        Path | None, typer.Option(help="Write the certificate there; a new file.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch an erasure's certificate again."""
    voice = Console(as_json=as_json)
    order_id = parse_id(erasure)
    if order_id is None:
        faults = (Fault("/erasure", "32 hexadecimal digits"),)
        raise Invalid("that is no erasure's id", faults=faults)
    with opened(home) as house:
        signed = dict(house.erasure.certificate(order_id))
    proof = signed.pop(PROOF)
    text = _text(signed, proof)
    if out is not None:
        with new_file(out) as file:
            file.write(text)
    voice.say(text.decode() if out is None else f"The certificate is in {out}.")
    told = {"erasure_id": erasure, "certificate": signed, "proof": proof}
    voice.answer({"ok": True, **told})


def _waiting() -> Unavailable:
    return Unavailable(
        "the erasure is ordered and has to wait; it goes on by itself",
        code="erasure.waiting",
        fix="fetch the certificate later: `allod erasure show ID`",
    )


def _text(certificate: Mapping[str, Any], proof: str | None) -> bytes:
    beside = {PROOF: proof} if proof else {}
    return json.dumps({**certificate, **beside}, indent=1).encode()


def _ticket(ticket: Ticket) -> dict[str, str]:
    return {"erasure_id": ticket.order_id.hex(), "secret": ticket.secret}
