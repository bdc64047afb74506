"""`allod ledger fsck` names what each kind of damage hit first, and ends with one."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from clocks import ManualClock
from commands import Ran, allod
from houses import Scenario, lived_in, opened
from ledgers import change_a_letter

from server.cli.console import ExitCode


@dataclass(frozen=True)
class Lived:
    """Homes at rest, and where in the ledger of the first what was done is."""

    folder: Path
    places: dict[str, int]

    def home(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """A home, the same on the day before, and another that went on from there."""
    folder, clock = tmp_path_factory.mktemp("fsck"), ManualClock()
    places: dict[str, int] = {}
    with lived_in(folder / "before", clock) as scenario:
        scenario.customer("ada")
        _placed(places, "granted", scenario, lambda: scenario.grant("ada"))
        _placed(places, "withdrawn", scenario, lambda: scenario.withdraw("ada"))
        places["idea"] = scenario.idea("ada").index
    for name, title in (("now", "A lid that stays on"), ("other", "A lid that is off")):
        shutil.copytree(folder / "before", folder / name)
        with opened(folder / name, clock) as scenario:
            places["new"] = scenario.idea("ada", title=title).index
            scenario.house.gate.list_records(scenario.own("ada"), None, "idea")
            _placed(places, "lane", scenario, scenario.house.vault.heartbeat.run_once)
            places["size"] = scenario.house.log.publish().size
    return Lived(folder, places)


def _placed(
    places: dict[str, int], name: str, scenario: Scenario, act: Callable[[], object]
) -> None:
    places[name] = scenario.house.log.publish().size
    act()


@pytest.fixture
def home(lived: Lived, tmp_path: Path) -> Path:
    return Path(shutil.copytree(lived.home("now"), tmp_path / "home"))


def tamper(home: Path, sql: str, *values: object, database: str = "vault") -> None:
    with closing(sqlite3.connect(home / "data" / f"{database}.db")) as connection:
        assert connection.execute(sql, values).rowcount != 0
        connection.commit()


def fsck(home: Path) -> Ran:
    return allod("ledger", "fsck", "--home", home, "--json")


def named(ran: Ran) -> dict[str, int | None]:
    return {each["code"]: each["index"] for each in ran.document["findings"]}


def first_bad(ran: Ran) -> int:
    return min(index for index in named(ran).values() if index is not None)


def require_found(ran: Ran, code: str, index: int) -> None:
    assert ran.code == ExitCode.NO
    assert ran.document["ok"] is False
    assert named(ran)[code] == first_bad(ran) == index


def test_a_home_that_nobody_touched_is_clean(home: Path) -> None:
    ran = fsck(home)
    assert (ran.code, ran.document["ok"]) == (ExitCode.OK, True)
    assert ran.document["findings"] == []


def test_words_name_the_entry_as_well(home: Path, lived: Lived) -> None:
    index = lived.places["idea"]
    tamper(home, "DELETE FROM ledger_entry WHERE idx = ?", index)
    ran = allod("ledger", "fsck", "--home", home)
    assert ran.code == ExitCode.NO
    assert f"entry.missing at entry {index}: " in ran.out
    assert "NOT CLEAN" in ran.out


CUT = "UPDATE ledger_entry SET body = substr(body, 2) WHERE idx = ?"
SWAP = (
    "UPDATE ledger_entry AS e SET body = (SELECT body FROM ledger_entry AS o"
    " WHERE o.idx = 2 * ?1 + 1 - e.idx) WHERE idx IN (?1, ?1 + 1)"
)
BLOT = (
    "UPDATE ledger_tile SET data = CAST(substr(data, 1, 32 * ?1) || zeroblob(32)"
    " || substr(data, 32 * ?1 + 33) AS BLOB) WHERE level = 0"
)
SHORTEN = "UPDATE ledger_tile SET data = substr(data, 1, 32 * ?) WHERE level = 0"


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        ("entry.changed", CUT),
        ("entry.malformed", "UPDATE ledger_entry SET body = x'00' WHERE idx = ?"),
        ("entry.missing", "DELETE FROM ledger_entry WHERE idx = ?"),
        ("entry.missing", "DELETE FROM ledger_entry WHERE idx >= ?"),
        ("entry.changed", SWAP),
        ("entry.changed", BLOT),
        ("tile.width", SHORTEN),
    ],
    ids=["changed", "no entry", "deleted", "truncated", "swapped", "tile", "tile end"],
)
def test_damage_to_the_ledgers_rows_is_named_by_its_entry(
    home: Path, lived: Lived, code: str, sql: str
) -> None:
    index = lived.places["granted"]
    tamper(home, sql, index)
    require_found(fsck(home), code, index)


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        ("operator.missing", "DELETE FROM ledger_operator WHERE idx = ?"),
        ("operator.changed", "UPDATE ledger_operator SET salt = x'00' WHERE idx = ?"),
    ],
)
def test_an_operators_entry_that_nothing_opens_is_named(
    home: Path, lived: Lived, code: str, sql: str
) -> None:
    index = lived.places["lane"]
    tamper(home, sql, index)
    require_found(fsck(home), code, index)


def test_an_entry_that_nobody_appended_is_named(home: Path) -> None:
    size = fsck(home).document["entries"]
    tamper(home, "INSERT INTO ledger_entry (idx, body) VALUES (?, x'00')", size)
    require_found(fsck(home), "entry.extra", size)


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        ("head.changed", "UPDATE ledger_head SET peaks = zeroblob(length(peaks))"),
        ("checkpoint.unverifiable", "UPDATE ledger_checkpoint SET note = 'x'"),
    ],
)
def test_damage_to_what_covers_all_entries_names_none(
    home: Path, code: str, sql: str
) -> None:
    tamper(home, sql)
    ran = fsck(home)
    assert ran.code == ExitCode.NO
    assert named(ran)[code] is None


@pytest.mark.parametrize(
    ("place", "sql"),
    [
        ("granted", "UPDATE consent_event SET act = 'withdrawn' WHERE act = 'granted'"),
        (
            "withdrawn",
            "UPDATE consent_event SET act = 'granted' WHERE act = 'withdrawn'",
        ),
        ("withdrawn", "DELETE FROM consent_event WHERE act = 'withdrawn'"),
    ],
    ids=["withdrawn by hand", "granted by hand", "withdrawal deleted"],
)
def test_a_consent_that_was_flipped_is_named_by_the_entry_that_it_contradicts(
    home: Path, lived: Lived, place: str, sql: str
) -> None:
    tamper(home, sql)
    require_found(fsck(home), "consent", lived.places[place])


@pytest.mark.parametrize(
    ("code", "sql"),
    [
        ("fact", "UPDATE consent_fact SET state = 1 - state"),
        ("openings", "DELETE FROM vault_opening"),
    ],
    ids=["flipped fact", "deleted openings"],
)
def test_a_row_without_an_entry_of_its_own_is_named_by_what_it_is(
    home: Path, code: str, sql: str
) -> None:
    tamper(home, sql)
    ran = fsck(home)
    assert ran.code == ExitCode.NO
    assert code in named(ran)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE vault_opening SET sealed = CAST(x'ff' AS TEXT)",
        "DROP TABLE ledger_tile",
        "DROP TABLE consent_fact",
    ],
    ids=["no text", "no tiles", "no facts"],
)
def test_a_table_that_cannot_be_read_is_a_finding(home: Path, sql: str) -> None:
    tamper(home, sql)
    ran = fsck(home)
    assert ran.code == ExitCode.NO
    assert named(ran) == {"store": None}


def test_an_access_log_that_was_cut_is_named_by_the_entry_that_holds_its_head(
    home: Path, lived: Lived
) -> None:
    tamper(home, "DELETE FROM audit_event", database="audit")
    require_found(fsck(home), "access_log.head", lived.places["lane"])


def test_a_database_that_was_rolled_back_is_named_by_its_end(
    home: Path, lived: Lived
) -> None:
    shutil.rmtree(home / "data")
    shutil.copytree(lived.home("before") / "data", home / "data")
    ran = fsck(home)
    require_found(ran, "checkpoint.beyond", ran.document["entries"])
    assert ran.document["entries"] < lived.places["size"]


def test_a_fork_is_named_by_the_first_entry_that_is_another(
    home: Path, lived: Lived
) -> None:
    shutil.rmtree(home / "data")
    shutil.copytree(lived.home("other") / "data", home / "data")
    ran = fsck(home)
    require_found(ran, "mirror.entry", lived.places["new"])
    assert "checkpoint.fork" in named(ran)


def test_a_mirror_that_was_changed_is_named_by_its_entry(
    home: Path, lived: Lived
) -> None:
    size = fsck(home).document["entries"]
    bundle = home / f"mirror/ledger/tile/entries/000.p/{size}"
    data = bundle.read_bytes()
    change_a_letter(bundle)
    require_found(fsck(home), "mirror.entry", size - 1)
    bundle.write_bytes(data[:-1])
    require_found(fsck(home), "mirror.bundle", 0)


def test_a_mirror_that_is_gone_is_named(home: Path) -> None:
    shutil.rmtree(home / "mirror/ledger")
    ran = fsck(home)
    assert ran.code == ExitCode.NO
    assert "mirror.missing" in named(ran)
