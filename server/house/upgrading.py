"""Upgrading a home to what this program reads and writes, in steps safe to repeat.

First the tables of each store, by Alembic, one transaction a store; then, once the
ledger and the rows beside it are found in order, what they hold (`vault.upgrade`). A
run that was cut off anywhere leaves a home that opens as before or not at all, and
that the next run finishes.
"""

from collections.abc import Callable

from kit.clock import Clock, SystemClock
from kit.errors import IntegrityFault
from kit.home import Home
from kit.secret import Secret
from kit.settings import Settings
from ledger.checks.audit import fsck
from server.house import tables as _every_table  # noqa: F401 - declares them
from server.house.house import House
from server.house.migrations import is_current, stores, upgrade
from server.house.resources import shipped
from server.house.store_schema import require_as_built
from server.house.wiring import open_house


def upgrade_home(
    settings: Settings,
    *,
    passphrase: Secret | None = None,
    clock: Clock | None = None,
    told: Callable[[str], None] = lambda _: None,
    vouch_again: bool = False,
) -> list[str]:
    """Upgrade the home in the settings; gives the steps that were done, in order.

    Nothing may serve the home meanwhile. `told` hears the name of each step before it
    begins. `vouch_again` is the operator's word that a copy from before the upgrade
    was put back: its rows are vouched for once more, and the ledger says so.

    Raises:
        CannotStart: no home, one of a newer program, or one that is not fit to open.
        IntegrityFault: something in it is not as stamped; nothing it holds was touched.

    """
    home = Home(settings.home)
    home.require()
    for store in stores(home):
        require_as_built(store, shipped("migrations"))
    done = []
    for store in stores(home):
        if not is_current(store, shipped("migrations")):
            told(f"tables of {store.name}")
            upgrade(store, shipped("migrations"))
            done.append(f"tables of {store.name}")
    with open_house(
        settings,
        clock=clock or SystemClock(),
        passphrase=passphrase,
        recover=False,
        older=True,
    ) as house:
        if vouch_again:
            house.vault.row_seals.allow_again()
        return done + _contents(house, told, again=vouch_again)


def _contents(house: House, told: Callable[[str], None], *, again: bool) -> list[str]:
    steps = house.vault.upgrade.steps(again=again)
    if steps:
        told("check")
        _require_sound(house)
    for step in steps:
        told(step.name)
        step.run()
    return [step.name for step in steps]


def _require_sound(house: House) -> None:
    """Hold to the ledger what is about to be vouched for."""
    report = fsck(house.log)
    if report.clean:
        report = report.extended(*house.vault.rowcheck.findings(older=True))
    if not report.clean:
        raise IntegrityFault(
            "something in this home is not as the ledger says; it was not upgraded",
            code="upgrade.unsound",
            fix="run `allod ledger fsck` with the program that wrote the home",
        )
