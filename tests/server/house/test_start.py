"""What is not fit to open is not opened: the refusal says what to do, and nothing else
happens. Each test damages one thing in a copy of a home that was lived in."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from clocks import ManualClock
from houses import lived_in, opened, settle

from kit.errors import CannotStart
from kit.home import Home
from kit.settings import Settings
from server.house.init import found_house

Damage = Callable[[Home, Path], None]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("template") / "home"
    with lived_in(home, ManualClock()) as scenario:
        scenario.customer()
        scenario.profile()
        scenario.idea()
        scenario.house.log.publish()
    return home


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of another installation."""
    home = tmp_path_factory.mktemp("stranger") / "home"
    settle(home, ManualClock())
    return home


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(template, tmp_path / "home")))


def _taken(*names: str) -> Damage:
    """Put another installation's files into this one's place."""

    def damage(home: Home, stranger: Path) -> None:
        for name in names:
            shutil.copy(stranger / name, home.root / name)

    return damage


def _without(name: str) -> Damage:
    def damage(home: Home, _: Path) -> None:
        path = home.root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


def _filled(name: str, data: bytes) -> Damage:
    def damage(home: Home, _: Path) -> None:
        (home.root / name).write_bytes(data)

    return damage


def _moded(name: str, mode: int) -> Damage:
    return lambda home, _: (home.root / name).chmod(mode)


def _linked(home: Home, _: Path) -> None:
    aside = home.root / "elsewhere.key"
    home.root_key.rename(aside)
    home.root_key.symlink_to(aside)


def _versioned(store: str, version: str) -> Damage:
    def damage(home: Home, _: Path) -> None:
        with closing(sqlite3.connect(home.root / store)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
            connection.commit()

    return damage


def _executed(store: str, statement: str) -> Damage:
    def damage(home: Home, _: Path) -> None:
        with closing(sqlite3.connect(home.root / store)) as connection:
            connection.execute(statement)
            connection.commit()

    return damage


def _policies(change: Callable[[Path], object]) -> Damage:
    def damage(home: Home, _: Path) -> None:
        (bundle,) = home.policies.iterdir()
        change(bundle)

    return damage


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES: dict[str, Damage] = {
    "no home at all": lambda home, _: shutil.rmtree(home.root),
    "the key file is missing": _without("keys/root.key"),
    "the key file is empty": _filled("keys/root.key", b""),
    "the key file is no key file": _filled("keys/root.key", b"\x00\xff" * 99),
    "the key file is half a key file": _filled("keys/root.key", b'{"format":"all'),
    "the key file is open to its group": _moded("keys/root.key", 0o640),
    "the key file is open to everybody": _moded("keys/root.key", 0o604),
    "the key file is a link": _linked,
    "the key file is of another installation": _taken("keys/root.key"),
    "the data store is of another installation": _taken("data/vault.db"),
    "the access log is of another installation": _taken("data/audit.db"),
    "the identity store is of another installation": _taken("keys/identity.db"),
    "the keys are of another installation": _taken("keys/identity.db", "keys/root.key"),
    "the data store is missing": _without("data/vault.db"),
    "the access log is missing": _without("data/audit.db"),
    "the identity store is missing": _without("keys/identity.db"),
    "the data store is empty": _filled("data/vault.db", b""),
    "the access log is no database": _filled("data/audit.db", b"nonsense" * 999),
    "the identity store is no database": _filled("keys/identity.db", b"x" * 9999),
    "the data store is of an unknown version": _versioned("data/vault.db", "9999"),
    "the access log is of an unknown version": _versioned("data/audit.db", "x"),
    "the identity store is of an unknown version": _versioned(
        "keys/identity.db", "9999"
    ),
    "no policies are active": _executed("data/vault.db", "DELETE FROM pdp_activation"),
    "the active policies are not here": _executed(
        "data/vault.db", "UPDATE pdp_activation SET digest = hex(zeroblob(32))"
    ),
    "one bit of a rule is flipped": _policies(
        lambda bundle: _flipped(bundle / "legal" / "consent.rego")
    ),
    "one bit of the tables is flipped": _policies(
        lambda bundle: _flipped(bundle / "tables" / "data.json")
    ),
    "a rule file is deleted": _policies(
        lambda bundle: (bundle / "legal" / "minors.rego").unlink()
    ),
    "a file is added": _policies(
        lambda bundle: (bundle / "legal" / "more.rego").write_text("package more")
    ),
    "a rule file is a link": _policies(
        lambda bundle: (bundle / "legal" / "link.rego").symlink_to("/etc/hostname")
    ),
    "the policies are gone": _without("data/policies"),
    "the mirror is missing": _without("mirror"),
    "the mirror is empty": _without("mirror/ledger"),
    "the catalogue is missing": _without("data/catalogue.yaml"),
    "the catalogue is no catalogue": _filled("data/catalogue.yaml", b"]["),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_home_is_not_opened_and_not_touched_when(
    home: Home, stranger: Path, damage: str
) -> None:
    DAMAGES[damage](home, stranger)
    before = _state(home.root)
    with pytest.raises(CannotStart) as refusal, opened(home.root, ManualClock()):
        pass
    assert refusal.value.fix, "the refusal says what to do"
    assert str(home.root) not in refusal.value.detail + refusal.value.fix
    assert _state(home.root) == before


def test_the_home_that_is_damaged_here_opens_as_long_as_it_is_whole(
    home: Home,
) -> None:
    with opened(home.root, ManualClock()) as scenario:
        assert scenario.house.vault.customers.subject_of("ada")


def test_an_installation_is_not_made_over_another(home: Home) -> None:
    before = _state(home.root)
    with pytest.raises(CannotStart) as refusal:
        found_house(Settings(home=home.root), clock=ManualClock())
    assert refusal.value.fix
    assert _state(home.root) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_a_key_file_that_cannot_be_read_is_refused(home: Home) -> None:
    home.root_key.chmod(0)
    with (
        pytest.raises(CannotStart, match="cannot be read"),
        opened(home.root, ManualClock()),
    ):
        pass


def _state(root: Path) -> dict[str, str]:
    """Give each file with its content's hash; locks and SQLite's own aside."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_dir() or path.suffix == ".lock":
            continue
        data = path.read_bytes()
        if name.endswith(("-shm", "-wal")) and (name.endswith("-shm") or not data):
            continue
        found[name] = sha256(data).hexdigest()
    return found
