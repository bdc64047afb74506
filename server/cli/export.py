"""`allod export`: everything about a customer, for somebody who asks at the counter.

Customers do it for themselves over the API. An operator does it for somebody who
wrote a letter; the access log says that it was done so, and the customer sees that.
"""

from pathlib import Path
from typing import Annotated, Final

import typer

from server.cli.auth import on_record
from server.cli.console import Console
from server.cli.files import new_file
from server.cli.options import CustomerArgument, HomeOption, JsonOption, opened

ASKED_BY: Final = "operator for the customer"
LATER: Final = (
    "The quorum of witnesses cosigns in the background; `allod verify` says which"
    " tree is waited for, and `allod ledger extension TREE` writes the proof."
)


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("export")(export)


def export(
    customer: CustomerArgument,
    *,
    out: Annotated[Path, typer.Option(help="The archive to write; a new file.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write all that is held about a customer into one signed archive."""
    voice = Console(as_json=as_json)
    with opened(home) as house:
        subject = on_record(house, customer)
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
