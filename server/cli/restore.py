"""`allod restore`: go on after a restore where the mirror lost orders."""

from pathlib import Path
from typing import Annotated

import typer

from kit.clock import iso, unix
from kit.errors import Invalid
from kit.settings import Settings
from pdp.decision.question import Kind
from server.auth.principals import refused
from server.auth.tokens import REVOKED
from server.cli.auth import token_of
from server.cli.console import Console, ExitCode
from server.cli.options import HomeOption, JsonOption, instant
from server.house.house import House
from server.house.passphrase import passphrase
from server.house.restoring import closing, replayers
from server.house.wiring import as_it_lies
from vault.erasure.lost_orders import PRINCIPALS


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("restore")(restore)


def restore(
    *,
    accept_lost_orders: Annotated[
        bool,
        typer.Option(
            "--accept-lost-orders", help="Go on without the orders that are lost."
        ),
    ] = False,
    since: Annotated[
        str, typer.Option(help="When the copy was made, as in 2027-07-31T00:00:00Z.")
    ],
    token_file: Annotated[
        list[Path],
        typer.Option(
            "--token-file",
            help="A file that holds a member of staff's token; may be given twice.",
        ),
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on where orders in the mirror are lost, when two principals say so.

    Every consent, licence and token that was granted before the copy ends; each person
    gives theirs again. A plain restore needs no command but `allod ledger restore`.
    """
    voice, settings = Console(as_json=as_json), Settings.read(home=home)
    if not accept_lost_orders:
        raise Invalid(
            "say that orders are to be given up: --accept-lost-orders",
            fix="where the mirror is whole, `allod ledger restore` is enough",
        )
    moment = unix(instant(since, "since"))
    with as_it_lies(settings, passphrase()) as house:
        lost, names = house.vault.lost_orders, [_staff(house, f) for f in token_file]
        said = max(lost.approve(moment, by=name) for name in names)
        if said < PRINCIPALS:
            voice.say("one principal has said so; another has to, for the same instant")
            voice.answer({"ok": False, "principals": said})
            raise typer.Exit(ExitCode.NO)
        brought = lost.accept(
            moment, replayers=replayers(house), closing=closing(house)
        )
    voice.say(f"{brought:,} orders brought back; what was granted before has ended")
    voice.say("next: start the server, and mint tokens: `allod token new`")
    voice.answer({"ok": True, "orders": brought, "since": iso(instant(since, "since"))})


def _staff(house: House, token_file: Path) -> str:
    """Tell whose token a file holds: nobody's, if it was revoked since the copy."""
    text = token_of(token_file)
    bearer = house.tokens.find(text)
    if bearer is None or bearer.principal.kind is not Kind.STAFF:
        raise refused("token.kind", "give the token of a member of staff")
    if house.tokens.names(house.vault.lost_orders.results(REVOKED), text):
        raise refused("token.revoked", "give a token that was not revoked")
    return bearer.principal.name
