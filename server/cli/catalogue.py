"""`allod catalogue`: show it, accept another one, retire what it dropped."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer

from kit.errors import Invalid
from kit.settings import Settings
from server.cli.console import Console, ExitCode
from server.cli.options import HomeOption, JsonOption, opened
from server.house.house import House
from server.house.passphrase import passphrase
from server.house.wiring import open_house
from vault.acceptance.changes import CatalogChange

YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
_SHORT: Final = 16

app = typer.Typer(
    help="What is kept about customers, and what may use it.", no_args_is_help=True
)


@app.command("show")
def show(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Show the collections, and what the file changes against the accepted one."""
    voice = Console(as_json=as_json)
    with _opened(home) as house:
        acceptance, accepted = house.vault.acceptance, house.vault.acceptance.accepted
        for each in house.catalog:
            voice.say(f"{each.name}: {each.title}", style="bold")
            for name, field in each.fields.items():
                retired = ", retired" if field.retired else ""
                voice.say(f"  {name:<24} {field.data_class}{retired}")
        same = acceptance.is_accepted
        found = () if same else acceptance.changes()
        voice.say(f"catalogue {acceptance.digest[:_SHORT]}…, " + _state(same=same))
        _say(voice, found)
    voice.answer(
        {
            "ok": True,
            "digest": acceptance.digest,
            "accepted": accepted,
            "changes": [asdict(each) for each in found],
        }
    )


@app.command("accept")
def accept(
    *, yes: YesOption = False, home: HomeOption = None, as_json: JsonOption = False
) -> None:
    """Accept the catalogue in the home, after showing what it opens.

    Stop what serves the home first. Records whose fields are of another class now, or
    sealed apart otherwise, are sealed anew; a run that was cut off is begun again.
    """
    voice = Console(as_json=as_json)
    with _opened(home) as house:
        acceptance = house.vault.acceptance
        found = acceptance.changes()
        if acceptance.is_accepted:
            voice.say("This catalogue is the accepted one already.")
            voice.answer({"ok": True, "changes": [], "resealed": 0, "damaged": 0})
            return
        _say(voice, found)
        _require_yes(yes=yes, as_json=as_json, question="Accept it?")
        with voice.progress("sealing anew"):
            report = acceptance.accept()
    voice.say(f"Accepted; {report.changed:,} records were sealed anew.", style="bold")
    _say_damaged(voice, report.damaged)
    voice.answer(
        {
            "ok": True,
            "digest": acceptance.digest,
            "changes": [asdict(each) for each in found],
            "resealed": report.changed,
            "damaged": report.damaged,
        }
    )


@app.command("retire")
def retire(
    field: Annotated[
        str,
        typer.Argument(
            metavar="COLLECTION.FIELD",
            help="What the catalogue no longer declares, and is to be removed.",
        ),
    ],
    *,
    yes: YesOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a field that the catalogue dropped from all records; no way back.

    What is under a legal hold keeps it, and so do contributions, which their authors
    alone change. To keep a field and its class, but take no new values for it, declare
    it with `retired: true` instead.
    """
    voice = Console(as_json=as_json)
    collection, dot, name = field.partition(".")
    if not (collection and dot and name):
        raise Invalid("that names no field", fix="write COLLECTION.FIELD")
    with opened(home) as house:
        _require_yes(yes=yes, as_json=as_json, question="Remove it for good?")
        with voice.progress("removing"):
            report = house.vault.retiring.retire(collection, name)
    voice.say(f"Removed from {report.removed:,} records.", style="bold")
    if report.held:
        voice.say(f"  {report.held:,} are held as evidence and keep it")
    if report.contributed:
        voice.say(f"  {report.contributed:,} are contributions and keep it")
    _say_damaged(voice, report.damaged)
    voice.answer({"ok": True, **asdict(report)})


def _opened(home: Path | None) -> House:
    return open_house(
        Settings.read(home=home), passphrase=passphrase(), unaccepted=True
    )


def _state(*, same: bool) -> str:
    return "the accepted one" if same else "not accepted; what it changes:"


def _say(voice: Console, found: Sequence[CatalogChange]) -> None:
    for each in found:
        style, word = ("yellow", "opens") if each.opens else ("", "     ")
        voice.say(f"  {word}  {each.collection}: {each.detail}", style=style)


def _say_damaged(voice: Console, damaged: int) -> None:
    if damaged:
        voice.warn(
            f"{damaged:,} records do not open as they were sealed, and were left as"
            " they lie: see `allod ledger fsck`"
        )


def _require_yes(*, yes: bool, as_json: bool, question: str) -> None:
    if yes:
        return
    if as_json:
        raise Invalid("this asks first", fix="add --yes to mean it")
    if not typer.confirm(question, err=True):
        raise typer.Exit(ExitCode.NO)
