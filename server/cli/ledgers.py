"""`allod ledger`: the operator's own check of the whole ledger."""

import typer

from kit.clock import SystemClock
from kit.home import Home
from kit.settings import Settings
from ledger.audit import Finding, Report, fsck
from server.cli.options import HomeOption, JsonOption, passphrase
from server.cli.voice import ExitCode, Steps, Voice
from server.wiring import open_stores
from vault import AccessLog, open_ledger

app = typer.Typer(help="Look after the ledger.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """Look after the ledger."""


@app.command("fsck")
def fsck_(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check entries, tiles, head, every checkpoint, the mirror and the access log.

    It works on a home that is too damaged to open, and changes nothing.
    """
    voice, settings = Voice(as_json=as_json), Settings.read(home=home)
    with voice.progress("checking the ledger") as progress:
        report = examined(settings, progress)
    for each in report.findings:
        where = "" if each.index is None else f" at entry {each.index}"
        voice.say(f"{each.code}{where}: {each.detail}", style="red")
    outcome = "all is as it was signed" if report.clean else "NOT CLEAN"
    voice.say(
        f"{report.entries:,} entries, {report.checkpoints} checkpoints: {outcome}",
        style="bold",
    )
    voice.answer(described(report))
    if not report.clean:
        raise typer.Exit(ExitCode.NO)


def examined(settings: Settings, progress: Steps | None = None) -> Report:
    """Check the ledger of an installation, and the lanes of its access log."""
    home, clock = Home(settings.home), SystemClock()
    home.require()
    stores = open_stores(home)
    try:
        log = open_ledger(
            home,
            stores,
            clock=clock,
            granularity=settings.ledger_granularity,
            passphrase=passphrase(),
        )

        def tell(done: int) -> None:
            if progress is not None:
                progress(done, None)

        report = fsck(log, progress=tell)
        faults = AccessLog(stores.audit, clock).faults()
        lanes = [Finding("access_log.lane", None, each) for each in faults]
        return report.extended(*lanes)
    finally:
        stores.close()


def described(report: Report) -> dict[str, object]:
    """Give a report as JSON."""
    return {
        "ok": report.clean,
        "entries": report.entries,
        "checkpoints": report.checkpoints,
        "findings": [
            {"code": each.code, "index": each.index, "detail": each.detail}
            for each in report.findings
        ],
    }
