"""Making an installation: all of it, or none.

It is made in a folder beside the home and takes the home's name at the very end, in
one rename. What a crash leaves beside it holds nobody's data and is made anew.
"""

import shutil
from pathlib import Path

from kit.clock import Clock, SystemClock
from kit.errors import CannotStart
from kit.home import Home, make_folder, sync_folder, write_durably
from kit.secret import Secret
from kit.settings import Settings
from pdp.bundle.bundle import install, load
from server.house import tables as _every_table  # noqa: F401 - declares them
from server.house.migrations import stores, upgrade
from server.house.resources import seed, shipped
from server.house.wiring import open_stores
from vault.open import create_vault


def found_house(
    settings: Settings,
    *,
    origin: str | None = None,
    passphrase: Secret | None = None,
    clock: Clock | None = None,
) -> None:
    """Make an installation in a home that is not there yet, or is an empty folder.

    Raises:
        CannotStart: something is there already; it is left as it is.

    """
    root = settings.home.absolute()
    _require_free(root)
    aside = root.with_name(root.name + ".unfinished")
    shutil.rmtree(aside, ignore_errors=True)
    make_folder(aside.parent)
    aside.mkdir(mode=0o700)
    _make(Home(aside), origin, passphrase, clock or SystemClock())
    aside.rename(root)
    sync_folder(root.parent)


def _require_free(root: Path) -> None:
    if Home(root).exists:
        raise CannotStart(
            "there is an installation in this home already",
            fix="open it, or choose another home with --home",
        )
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise CannotStart(
            "the home is not an empty folder",
            fix="choose a folder that is empty or not there yet, with --home",
        )


def _make(
    home: Home, origin: str | None, passphrase: Secret | None, clock: Clock
) -> None:
    home.make()
    for store in stores(home):
        upgrade(store, shipped("migrations"))
    write_durably(home.catalogue, seed("catalogue.yaml").read_bytes())
    digest = install(load(shipped("policies")), home.policies)
    opened = open_stores(home)
    try:
        create_vault(
            home,
            opened,
            origin=origin,
            policy=digest,
            clock=clock,
            passphrase=passphrase,
        )
    finally:
        opened.close()
