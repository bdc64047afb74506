"""`allod doctor`: look at a home and say what to mend."""

from typing import Any, Final

import typer

from kit.errors import AllodError
from kit.settings import Settings
from server.cli.console import Console, ExitCode
from server.cli.ledger import examined
from server.cli.options import HomeOption, JsonOption
from server.house.passphrase import passphrase
from server.ops.check import Check, Level
from server.ops.doctor import examine

_STYLES: Final = {Level.OK: "green", Level.WARNING: "yellow", Level.FAULT: "bold red"}


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("doctor")(doctor)


def doctor(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check files, modes, disks, tables, pragmas, keys, policies, ledger and mirror."""
    voice, settings = Console(as_json=as_json), Settings.read(home=home)
    checks = []
    for check in (*examine(settings, passphrase()), _ledger(voice, settings)):
        voice.say(
            f"{check.level:<8} {check.name:<10} {check.detail}", _STYLES[check.level]
        )
        if check.fix:
            voice.say(f"{'':<8} {'':<10} what to do: {check.fix}")
        checks.append(check)
    sound = all(check.level is not Level.FAULT for check in checks)
    voice.answer({"ok": sound, "checks": [_described(check) for check in checks]})
    if not sound:
        raise typer.Exit(ExitCode.NO)


def _ledger(voice: Console, settings: Settings) -> Check:
    try:
        with voice.progress("checking the ledger") as progress:
            report = examined(settings, progress)
    except AllodError as error:
        return Check("ledger", Level.FAULT, error.detail, error.fix)
    if report.clean:
        detail = f"{report.entries:,} entries, the same in database and mirror"
        return Check("ledger", Level.OK, detail)
    detail = "; ".join(each.detail for each in report.findings)
    return Check("ledger", Level.FAULT, detail, "run `allod ledger fsck`")


def _described(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "level": check.level.value,
        "detail": check.detail,
        "fix": check.fix,
    }
