"""`allod ledger`: check the whole ledger, copy it, and mend it after a restore."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from kit.clock import SystemClock
from kit.errors import CannotStart, Invalid
from kit.home import Home
from kit.settings import Settings
from kit.sqlite import Unreadable, answering
from ledger.checks.audit import LedgerFinding, LedgerReport, fsck, time_findings
from ledger.checks.copy_check import check as check_copy
from ledger.checks.static_copy import POLICY, copy
from ledger.formats.trust_policy import TrustPolicy
from ledger.log import Log
from pdp.change.provenance import NotApproved
from server.cli.console import Console, ExitCode, Steps
from server.cli.files import new_file
from server.cli.options import HomeOption, JsonOption
from server.house.migrations import stores
from server.house.passphrase import passphrase
from server.house.resources import shipped
from server.house.store_schema import DIFFERS, require_as_built
from server.house.wiring import open_house, open_stores, pace_of
from server.outside.cosigning import panel_of
from vault.open import Stores, open_ledger
from vault.succession import succeed

_UNREADABLE = LedgerFinding("store", None, "a table, or a row of one, cannot be read")

app = typer.Typer()


@app.command("fsck")
def fsck_(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check entries, tiles, head, every checkpoint and the mirror; then the rows.

    The ledger is checked even where it is too damaged to open, and is not changed.
    """
    voice, settings = Console(as_json=as_json), Settings.read(home=home)
    with voice.progress("checking the ledger") as progress:
        report = examined(settings, progress)
    _tell(voice, report)


@app.command("restore")
def restore(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Append, after data/ was restored, the entries that only the mirror still has.

    They must give the mirror's signed root, or nothing is appended. The next start
    then brings back what was forbidden since the copy: no answer is wider than before.
    """
    voice, settings = Console(as_json=as_json), Settings.read(home=home)
    with _ledger(settings) as log:
        appended = log.restore()
    voice.say(f"{appended:,} entries appended from the mirror", style="bold")
    voice.say("next: start the server; the mirror's orders are brought back first")
    voice.answer({"ok": True, "appended": appended})


@app.command("extension")
def extension(
    tree: Annotated[int, typer.Argument(min=1, help="A tree's size, in entries.")],
    *,
    out: Annotated[Path, typer.Option(help="The proof to write; a new file.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the cosigned proof for what was signed before witnesses saw its tree.

    `allod verify` names the tree of a provisional certificate, receipt or export, and
    takes the proof as --proof.
    """
    voice, settings = Console(as_json=as_json), Settings.read(home=home)
    with _ledger(settings) as log:
        panel = panel_of(settings)
        if panel is not None:
            log.expect(panel.policy)
        proof = log.extension(tree).encode()
    with new_file(out) as file:
        file.write(proof)
    voice.say(f"the proof is in {out}: allod verify FILE --proof {out}", style="bold")
    voice.answer({"ok": True, "tree": tree, "file": str(out)})


@app.command("mirror")
def mirror(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The copy's folder.")],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; check what is there.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a complete public copy of the ledger in DIR up to date, or check it.

    A check compares the copy with itself and, where the home is at hand, with the log
    and its keys; elsewhere with the policy in the copy.
    """
    voice, settings = Console(as_json=as_json), Settings.read(home=home)
    if check:
        report = _copy_checked(voice, settings, folder)
        _tell(voice, report)
        return
    with _ledger(settings) as log:
        before, after = copy(log, folder)
    voice.say(f"{after:,} entries, {after - before:,} of them new", style="bold")
    voice.answer({"ok": True, "before": before, "after": after})


def _copy_checked(voice: Console, settings: Settings, folder: Path) -> LedgerReport:
    if Home(settings.home).exists:
        with _ledger(settings) as log:
            return check_copy(folder, log.policy, log)
    voice.warn("no home is at hand: the copy is held to its own policy alone")
    try:
        return check_copy(folder, TrustPolicy.parse((folder / POLICY).read_bytes()))
    except FileNotFoundError:
        raise Invalid("the folder holds no copy of a ledger") from None


@app.command("succeed")
def succeed_(
    origin: Annotated[
        str, typer.Argument(help="The new name: a URL without scheme that you control.")
    ],
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let the ledger go on under a new name and key, after its key was stolen.

    Stop the server first. Its first entry under the new name commits to the last good
    checkpoint under the old one. What comes out is the new trust policy.
    """
    voice, settings = Console(as_json=as_json), Settings.read(home=home)
    with _opened(settings) as (home_, found):
        log = succeed(
            home_,
            found,
            origin=origin,
            clock=SystemClock(),
            pace=pace_of(settings),
            passphrase=passphrase(),
        )
        policy = log.policy.encode()
    voice.say(policy.rstrip("\n"))
    voice.answer({"ok": True, "origin": origin, "policy": policy})


def examined(settings: Settings, progress: Steps | None = None) -> LedgerReport:
    """Check the ledger of an installation, then its rows against the ledger.

    The ledger is looked at as it lies. Only one that is whole can say what the rows
    ought to be, so they are compared only then, in the opened house. One that stays
    shut because of its policies has a row that the ledger does not bear out.
    """
    try:
        with answering():
            report = _checked(settings, progress)
    except CannotStart as error:
        if error.reason_code != DIFFERS:
            raise
        return LedgerReport(0, 0, (LedgerFinding("store", None, error.detail),))
    except Unreadable:
        return LedgerReport(0, 0, (_UNREADABLE,))
    if not report.clean:
        return report
    try:
        with answering(), open_house(settings, passphrase=passphrase()) as house:
            return report.extended(*house.findings())
    except NotApproved as error:
        return report.extended(LedgerFinding("policies", None, error.detail))
    except Unreadable:
        return report.extended(_UNREADABLE)


def _checked(settings: Settings, progress: Steps | None) -> LedgerReport:
    def tell(done: int) -> None:
        if progress is not None:
            progress(done, None)

    with _ledger(settings) as log:
        report = fsck(log, progress=tell)
        return report.extended(*time_findings(log)) if report.clean else report


@contextmanager
def _ledger(settings: Settings) -> Iterator[Log]:
    """Open the ledger alone, for a home that may be unfit to open."""
    with _opened(settings) as (home, found):
        yield open_ledger(
            home,
            found,
            clock=SystemClock(),
            pace=pace_of(settings),
            passphrase=passphrase(),
        )


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Home, Stores]]:
    home = Home(settings.home)
    home.require()
    for store in stores(home):
        require_as_built(store, shipped("migrations"))
    found = open_stores(home)
    try:
        yield home, found
    finally:
        found.close()


def _tell(voice: Console, report: LedgerReport) -> None:
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


def described(report: LedgerReport) -> dict[str, object]:
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
