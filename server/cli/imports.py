"""`allod imports`: what was imported, and taking an import back."""

from typing import Annotated, Any, Final

import typer

from kit.clock import iso
from server.auth.principals import operating
from server.cli.console import Console, ExitCode
from server.cli.import_ import IMPORT_PURPOSE
from server.cli.options import HomeOption, JsonOption, opened
from vault.imports.import_runs import Run, TakenBack

STAYS: Final = {
    "changed": "changed since",
    "contributed": "contributions: only their author has them removed",
    "held": "held as evidence",
    "restricted": "of customers who restricted their account",
    "refused": "refused by the policies",
    "replaced": "replaced others; what stood there before is not kept",
    "gone": "were gone before: with their customer, or removed by their author",
}

app = typer.Typer(
    help="List imports, and take one back: what it made goes again.",
    no_args_is_help=True,
)


def add_to(program: typer.Typer) -> None:
    """Put the commands into an application."""
    program.add_typer(app, name="imports")


@app.command("list")
def list_(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the imports that wrote something, and what became of each."""
    voice = Console(as_json=as_json)
    with opened(home) as house:
        runs = house.vault.righting.taking_back.known()
    for each in runs:
        voice.say(_line(each))
    voice.answer({"ok": True, "imports": [_described(each) for each in runs]})


@app.command("take-back")
def take_back(
    number: Annotated[int, typer.Argument(help="The import's number in the list.")],
    *,
    reason: Annotated[
        str, typer.Option(help="Why; it is kept in the home. Name nobody.")
    ] = "",
    purpose: Annotated[
        str, typer.Option(help="What the records were imported for.")
    ] = IMPORT_PURPOSE,
    check: Annotated[
        bool, typer.Option("--check", help="Say what would come of it; write nothing.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove what an import made and nobody changed since; the file may come again."""
    voice = Console(as_json=as_json)
    with opened(home) as house:
        taking_back = house.vault.righting.taking_back
        if check:
            found = taking_back.check(number)
        else:
            question = operating(purpose, region=house.vault.words.regions[0])
            with voice.progress(f"taking back import {number}") as progress:
                found = taking_back.take(
                    question, number, reason=reason, progress=progress
                )
            house.log.publish()
    _say(voice, found, check=check)
    fits = check or found.done
    voice.answer({"ok": fits, "checked": check, **_said(found)})
    if not fits:
        raise typer.Exit(ExitCode.NO)


def _line(run: Run) -> str:
    when = [iso(each) if each else "?" for each in (run.begun, run.ended)]
    file = f"{run.digest}…" if run.digest else "unknown"
    back = f", {run.removed:,} removed: {run.reason}" if run.reason else ""
    return (
        f"{run.number}  {' to '.join(when)}  file {file}"
        f"  {run.done.records_written:,} made, {run.done.records_replaced:,} replaced"
        f"  {run.state}{back}"
    )


def _described(run: Run) -> dict[str, Any]:
    return {
        "number": run.number,
        "begun": run.begun and iso(run.begun),
        "ended": run.ended and iso(run.ended),
        "file": run.digest,
        "made": run.done.records_written,
        "replaced": run.done.records_replaced,
        "customers": run.done.customers,
        "state": run.state,
        "removed": run.removed,
        "reason": run.reason,
    }


def _say(voice: Console, found: TakenBack, *, check: bool) -> None:
    if found.before:
        voice.say("This import was taken back before; nothing is changed.")
    elif check:
        voice.say("Nothing is changed. What the policies say is not asked yet:")
    voice.say(f"Import {found.number}: {found.removed:,} records are removed.")
    for reason, count in found.stays.items():
        voice.say(f"  {count:,} {STAYS[reason]}")
    for code, count in found.codes.most_common():
        voice.say(f"    refused {count:,} times: {code}")
    if not check and not found.done:
        voice.say("  It is not taken back yet: repeat it for a purpose that may.")
    voice.say(f"  {found.customers:,} customers whom it registered stay registered.")


def _said(found: TakenBack) -> dict[str, Any]:
    return {
        "number": found.number,
        "done": found.done,
        "before": found.before,
        "removed": found.removed,
        "stays": dict(found.stays),
        "codes": dict(found.codes),
        "customers": found.customers,
    }
