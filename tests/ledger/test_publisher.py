"""Publishing: its order, its guard, and what a crash between two steps leaves."""

import shutil
import threading
from pathlib import Path

import pytest
from ledgers import LedgerHouse, entries, leaves, naive_root, signer

from kit.db import connect
from kit.errors import CannotStart, IntegrityFault
from ledger.files.mirror import Mirror
from ledger.formats.merkle import EMPTY_ROOT
from ledger.formats.note import sign
from ledger.formats.tiles import ENTRIES, TileRef, parse_bundle
from ledger.log import RollbackDetected


def test_the_empty_log_can_be_published(house: LedgerHouse) -> None:
    checkpoint = house.log.publish()
    assert (checkpoint.size, checkpoint.root) == (0, EMPTY_ROOT)
    assert house.log.publish() == checkpoint


def test_nothing_is_published_when_nothing_is_new(house: LedgerHouse) -> None:
    house.published(5)
    before = house.log.latest()
    house.clock.advance(days=1)
    house.log.publish()
    assert house.log.latest() == before


def test_nothing_is_published_inside_a_unit_of_work(house: LedgerHouse) -> None:
    with house.database.write() as session:
        house.log.append(session, entries(1))
        for call in (house.log.publish, house.log.restore, house.log.repair):
            with pytest.raises(RuntimeError, match="unit of work"):
                call()
    assert house.log.publish().size == 1


def test_what_is_not_committed_is_not_signed(house: LedgerHouse) -> None:
    house.append(3)
    results: list[int] = []
    with house.database.write() as session:
        house.log.append(session, entries(1, 3))
        # Another thread: this one could not publish, that one sees three entries.
        head = threading.Thread(target=lambda: results.append(house.size))
        head.start()
        head.join()
    assert results == [3]


def test_the_mirror_is_a_tree_that_anybody_can_serve(house: LedgerHouse) -> None:
    house.published(300)
    house.published(300)
    public = house.mirror_folder / "ledger"
    files = {str(path.relative_to(public)) for path in public.rglob("*")}
    assert {"checkpoint", "tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2"} <= files
    assert "tile/0/001.p" not in files
    for path in files - {"checkpoint"}:
        if (public / path).is_file() and "tile/1/000.p/1" not in path:
            assert (public / path).read_bytes() == house.log.resource(path)
    assert not [path for path in files if path.endswith(".new")]


def test_a_partial_bundle_lies_at_the_path_of_its_width(
    house: LedgerHouse,
) -> None:
    house.published(513)
    mirror = Mirror(house.mirror_folder)
    bundle = mirror.read(TileRef(ENTRIES, 2, 1))
    assert bundle is not None
    assert parse_bundle(bundle, 1) == [entries(1, 512)[0].encode()]


class Crash(Exception):
    """The machine stops here."""


class CrashingMirror(Mirror):
    """A mirror whose machine stops before a given step of the next publishing."""

    def __init__(self, folder: Path, *, puts: int = 1 << 30, seal: str = "") -> None:
        super().__init__(folder)
        self.puts, self.when = puts, seal

    def put(self, ref: TileRef, data: bytes) -> None:
        if self.puts == 0:
            raise Crash
        self.puts -= 1
        super().put(ref, data)

    def seal(self, note: str) -> None:
        if self.when == "before":
            raise Crash
        super().seal(note)
        if self.when == "after":
            raise Crash


@pytest.mark.parametrize("puts", range(8))
@pytest.mark.parametrize("published", [0, 200, 300])
def test_a_crash_while_the_mirror_is_written_is_repaired(
    house: LedgerHouse, puts: int, published: int
) -> None:
    house.published(published)
    house.append(400)
    crashing = house.again(CrashingMirror(house.mirror_folder, puts=puts))
    try:
        crashing.publish()
    except Crash:
        latest = house.log.latest()
        assert latest is not None
        assert latest.checkpoint.size == published
    _is_whole_after_repair(house, published + 400)


@pytest.mark.parametrize("seal", ["before", "after"])
@pytest.mark.parametrize("published", [None, 0, 5])
def test_a_crash_around_the_checkpoint_is_repaired(
    house: LedgerHouse, seal: str, published: int | None
) -> None:
    if published is not None:
        house.published(published)
    house.append(7)
    crashing = house.again(CrashingMirror(house.mirror_folder, seal=seal))
    with pytest.raises(Crash):
        crashing.publish()
    size = house.size
    if seal == "after":
        # The mirror is one checkpoint ahead; more is appended before the restart.
        house.append(4)
        size += 4
    _is_whole_after_repair(house, size)


def _is_whole_after_repair(house: LedgerHouse, size: int) -> None:
    log = house.again()
    checkpoint = log.repair()
    assert (checkpoint.size, checkpoint.root) == (size, naive_root(leaves(size)))
    latest = log.latest()
    assert latest is not None
    assert Mirror(house.mirror_folder).newest() == latest.note
    assert _mirrored(house, size) == [each.encode() for each in entries(size)]


def _mirrored(house: LedgerHouse, size: int) -> list[bytes]:
    mirror, bodies = Mirror(house.mirror_folder), []
    for first in range(0, size, 256):
        width = min(256, size - first)
        data = mirror.read(TileRef(ENTRIES, first // 256, width))
        assert data is not None
        bodies += parse_bundle(data, width)
    return bodies


def test_the_checkpoint_that_a_crash_left_in_the_mirror_is_the_one_recorded(
    house: LedgerHouse,
) -> None:
    house.append(5)
    crashing = house.again(CrashingMirror(house.mirror_folder, seal="after"))
    with pytest.raises(Crash):
        crashing.publish()
    signed = Mirror(house.mirror_folder).newest()
    house.append(5)
    house.log.repair()
    rows = house.database.reader().execute("SELECT size, note FROM ledger_checkpoint")
    assert dict(rows.fetchall())[5] == signed


def test_an_older_mirror_is_brought_up_to_date(house: LedgerHouse) -> None:
    house.published(5)
    shutil.copytree(house.mirror_folder, house.folder / "old")
    house.published(300)
    note = Mirror(house.mirror_folder).newest()
    shutil.rmtree(house.mirror_folder)
    (house.folder / "old").rename(house.mirror_folder)
    house.log.repair()
    assert Mirror(house.mirror_folder).newest() == note
    assert len(_mirrored(house, 305)) == 305


@pytest.mark.parametrize(
    "note",
    ["", "nonsense", sign("ledger.example/acme\n0\nx\n", [signer()])],
)
def test_a_mirror_that_cannot_be_read_stops_the_log(
    house: LedgerHouse, note: str
) -> None:
    house.published(5)
    (house.mirror_folder / "ledger/checkpoint").write_text(note, encoding="utf-8")
    with pytest.raises(IntegrityFault):
        house.log.publish()
    with pytest.raises(CannotStart):
        house.log.repair()


def test_a_checkpoint_of_another_origin_stops_the_log(house: LedgerHouse) -> None:
    stranger = house.folder / "stranger"
    other = LedgerHouse(stranger)
    other.published(3)
    note = Mirror(other.mirror_folder).newest()
    assert note is not None
    forged = note.split("\n\n")[0].replace("acme", "evil") + "\n"
    house.published(5)
    checkpoint = house.mirror_folder / "ledger/checkpoint"
    checkpoint.write_text(sign(forged, [signer()]), encoding="utf-8")
    with pytest.raises(IntegrityFault):
        house.log.publish()
    other.close()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_entry SET body = x'00' WHERE idx = 7",
        """UPDATE ledger_entry AS e SET body = (
            SELECT body FROM ledger_entry WHERE idx = 15 - e.idx
        ) WHERE idx IN (7, 8)""",
        "DELETE FROM ledger_entry WHERE idx = 7",
        "UPDATE ledger_tile SET data = zeroblob(length(data)) WHERE level = 0",
        "UPDATE ledger_head SET peaks = zeroblob(length(peaks))",
    ],
)
def test_what_was_edited_before_it_was_published_is_not_signed(
    house: LedgerHouse, sql: str
) -> None:
    house.published(5)
    note = Mirror(house.mirror_folder).newest()
    house.append(10)
    house.tamper(sql)
    with pytest.raises((IntegrityFault, RollbackDetected)):
        house.log.publish()
    assert Mirror(house.mirror_folder).newest() == note
    with pytest.raises(CannotStart):
        house.log.repair()


def test_a_published_entry_that_was_edited_is_noticed_when_its_bundle_grows(
    house: LedgerHouse,
) -> None:
    house.published(5)
    house.tamper("UPDATE ledger_entry SET body = x'00' WHERE idx = 3")
    house.append(1)
    with pytest.raises(IntegrityFault, match="published entry"):
        house.log.publish()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_checkpoint SET note = 'x'",
        "UPDATE ledger_checkpoint SET size = 4",
    ],
)
def test_a_checkpoint_that_was_edited_stops_the_log(
    house: LedgerHouse, sql: str
) -> None:
    house.published(5)
    house.tamper(sql)
    with pytest.raises(CannotStart):
        house.log.repair()


def test_entries_beyond_the_head_stop_the_start(house: LedgerHouse) -> None:
    house.published(5)
    house.tamper("INSERT INTO ledger_entry (idx, body) VALUES (5, x'00')")
    with pytest.raises(CannotStart):
        house.log.repair()


def test_publishers_take_turns(house: LedgerHouse) -> None:
    faults: list[Exception] = []

    def work(first: int) -> None:
        log = house.again()
        try:
            for _ in range(6):
                with house.database.write() as session:
                    log.append(session, entries(3, first))
                log.publish()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test fails
            faults.append(error)

    workers = [threading.Thread(target=work, args=(1000 * n,)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert faults == []
    assert house.log.publish().size == 54
    with connect(house.database.path) as connection:
        sizes = [s for (s,) in connection.execute("SELECT size FROM ledger_checkpoint")]
    connection.close()
    assert len(sizes) == len(set(sizes))
