"""The operator's look at a home: what is sound, what is risky, what is broken.

Each check says what it looked at, how that is, and what to do. A risk that the house
was set up with (one disk, a key without a passphrase) is a warning; what would keep
the server from starting, or a promise from being kept, is a fault. The look goes from
outside inwards and stops where going on would tell nothing.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kit.db import Database, value
from kit.errors import AllodError
from kit.home import Home
from kit.secret import Secret
from kit.settings import Settings
from pdp.review.reachable import left_out
from server.house.controller import FIX
from server.house.house import House
from server.house.migrations import require_current, stores
from server.house.purposes import around_of
from server.house.resources import shipped
from server.house.store_schema import require_as_built
from server.house.wiring import open_house
from server.ops.check import Check, Level
from server.ops.opa_checks import look_at_opa
from server.ops.own_packages import FIX as OWN_ENVIRONMENT
from server.ops.own_packages import changed, foreign
from vault.keys.keys import BUNDLE

UNDECIDED: Final = (
    "the policies in force do not decide writes: scope, reach, restriction and hold do"
)
DECIDE: Final = (
    "propose and activate policies whose .manifest lists the action `write`; name their"
    " purposes in data/catalogue.yaml and in the tokens"
)
_NAMED: Final = 10
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_PRAGMAS: Final = (
    ("journal_mode", "wal"),
    ("synchronous", 2),
    ("secure_delete", 1),
    ("foreign_keys", 1),
)


def examine(settings: Settings, passphrase: Secret | None) -> Iterator[Check]:
    """Look at an installation, from its folders to its policy engine."""
    home = Home(settings.home)
    yield from _program()
    try:
        home.require()
        yield Check("home", Level.OK, "the stores are there")
        yield from _modes(home)
        yield from _disks(home)
        yield from _schemas(home)
        with open_house(settings, passphrase=passphrase) as house:
            yield Check("open", Level.OK, "keys, stores and ledger belong together")
            yield from _opened(house, guarded=passphrase is not None)
    except AllodError as error:
        yield Check("open", Level.FAULT, error.detail, error.fix)


def _program() -> Iterator[Check]:
    wrong = [*foreign(), *changed()]
    for name in wrong[:_NAMED]:
        detail = f"{name} is another program's, or was changed since it was installed"
        yield Check("program", Level.FAULT, detail, OWN_ENVIRONMENT)
    if not wrong:
        yield Check("program", Level.OK, "its packages are its own, as installed")


def _controller(house: House) -> Check:
    if house.consent_receipts.ready:
        return Check("controller", Level.OK, "consent records name the controller")
    detail = "the controller is not named, so customers get no consent record"
    return Check("controller", Level.WARNING, detail, FIX)


def _modes(home: Home) -> Iterator[Check]:
    paths = [home.data, home.keys, home.mirror, home.root_key]
    paths += [home.vault_db, home.identity_db, home.audit_db]
    found = [_mode(home, path) for path in paths]
    wrong = [check for check in found if check is not None]
    yield from wrong
    if not wrong:
        yield Check("modes", Level.OK, "folders and key file are their owner's alone")


def _mode(home: Home, path: Path) -> Check | None:
    name = str(path.relative_to(home.root))
    try:
        found = path.stat()
    except OSError:
        return Check("modes", Level.FAULT, f"{name} is missing", "restore it")
    if found.st_uid != os.geteuid():
        fix = f"give {name} to the user that runs the server"
        return Check("modes", Level.FAULT, f"{name} belongs to another user", fix)
    if found.st_mode & _OTHERS:
        mode = "700" if path.is_dir() else "600"
        detail = f"{name} is open to other users"
        return Check("modes", Level.FAULT, detail, f"chmod {mode} {name}")
    return None


def _disks(home: Home) -> Iterator[Check]:
    disks: dict[int, list[str]] = {}
    for each in filter(Path.is_dir, (home.data, home.keys, home.mirror)):
        disks.setdefault(each.stat().st_dev, []).append(f"{each.name}/")
    shared = [names for names in disks.values() if len(names) > 1]
    for names in shared:
        yield Check(
            "disks",
            Level.WARNING,
            f"{', '.join(names[:-1])} and {names[-1]} are on one disk",
            "in production put data/, keys/ and mirror/ on separate disks or hosts",
        )
    if not shared:
        yield Check("disks", Level.OK, "data/, keys/ and mirror/ are on separate disks")


def _schemas(home: Home) -> Iterator[Check]:
    for store in stores(home):
        require_current(store, shipped("migrations"))
        require_as_built(store, shipped("migrations"))
    detail = "tables, indexes and triggers are those of this program; no view"
    yield Check("schema", Level.OK, detail)


def _opened(house: House, *, guarded: bool) -> Iterator[Check]:
    yield from _databases(house)
    if house.settings.opa_url:
        keys = house.vault.keys.public(BUNDLE)
        yield from look_at_opa(house.settings, house.bundle.digest, keys)
    elif house.pdp.healthy():
        digest = house.bundle.digest[:16]
        detail = f"the engine answers with the active bundle, {digest}…"
        yield Check("policies", Level.OK, detail)
    else:
        fix = "run `allod policy test`; until it passes, every read is refused"
        yield Check("policies", Level.FAULT, "the engine gives no decisions", fix)
    yield _writes(house)
    yield _regions(house)
    yield _special(house)
    yield _controller(house)
    yield from _orders(house)
    yield _root_key(guarded=guarded)
    if house.settings.production:
        yield Check("mode", Level.OK, "production")
    else:
        fix = "set ALLOD_PRODUCTION=1 where real people's data is kept"
        yield Check("mode", Level.WARNING, "this is not set to production", fix)


def _orders(house: House) -> Iterator[Check]:
    """Look for what no order is, and for people whose keys an older copy lacks."""
    strays, absent = house.log.mirror.orders.strays(), house.customers.without_key()
    for name in strays:
        detail = f"mirror/orders/{name} is no segment of orders; nothing obeys it"
        yield Check("orders", Level.WARNING, detail, "keep it elsewhere, as evidence")
    if absent:
        named = ", ".join(each.hex() for each in absent[:_NAMED])
        more = f" and {len(absent) - _NAMED} more" if len(absent) > _NAMED else ""
        detail = f"keys/ has no key of {len(absent)} subjects: {named}{more}"
        fix = "bring back the newest copy of keys/; nothing of theirs was purged"
        yield Check("keys", Level.FAULT, detail, fix)
    if not strays:
        yield Check("orders", Level.OK, "the mirror's orders are those of the stores")


def _databases(house: House) -> Iterator[Check]:
    databases = {
        "vault.db": house.vault_db,
        "identity.db": house.identity_db,
        "audit.db": house.audit_db,
    }
    wrong = [
        Check("databases", Level.FAULT, f"{name}: {what}", "restore it from a backup")
        for name, database in databases.items()
        for what in _unsound(database)
    ]
    yield from wrong
    if not wrong:
        detail = "journals, syncing and deletion are as they must be; pages are whole"
        yield Check("databases", Level.OK, detail)


def _unsound(database: Database) -> Iterator[str]:
    reader = database.reader()
    for name, wanted in _PRAGMAS:
        if value(reader.execute(f"PRAGMA {name}")) != wanted:
            yield f"{name} is not what it must be"
    if value(reader.execute("PRAGMA quick_check")) != "ok":
        yield "the file is damaged"


def _writes(house: House) -> Check:
    if house.decides_writes:
        return Check("writes", Level.OK, "the policies in force decide writes, too")
    return Check("writes", Level.WARNING, UNDECIDED, DECIDE)


def _regions(house: House) -> Check:
    """Look for customers about whom no decision can be made, where they are kept."""
    known = house.vault.words.regions
    strange = {
        region: count
        for region, count in house.customers.regions().items()
        if region not in known
    }
    if not strange:
        return Check(
            "regions", Level.OK, "the policies know the regions of all customers"
        )
    named = ", ".join(sorted(strange)[:_NAMED])
    detail = f"the policies do not know the region of {sum(strange.values())} customers"
    fix = f"add to the table of residency, or correct: {named}"
    return Check("regions", Level.FAULT, detail, fix)


def _special(house: House) -> Check:
    """Look for health data and the like that the policies in force never show."""
    closed = left_out(house.bundle.tables, around_of(house))
    if not closed:
        detail = "special categories are bound under a condition that the policies list"
        return Check("special", Level.OK, detail)
    named = ", ".join(sorted(closed)[:_NAMED])
    detail = f"special categories are left out of what is shown for: {named}"
    fix = "name the condition in data/catalogue.yaml: `allod policy doctor` says which"
    return Check("special", Level.WARNING, detail, fix)


def _root_key(*, guarded: bool) -> Check:
    if guarded:
        detail = "a file under a passphrase; its destruction cannot be proven"
        return Check("root key", Level.OK, detail)
    return Check(
        "root key",
        Level.WARNING,
        "a plain file: whoever copies keys/ can open every record",
        "set one: `allod keys passphrase FILE`",
    )
