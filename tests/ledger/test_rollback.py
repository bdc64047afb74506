"""The guard: a database that went back in time, and a mirror that is not there."""

import shutil
from pathlib import Path

import pytest
from ledgers import LedgerHouse, entries, leaves, naive_root

from kit.errors import CannotStart, IntegrityFault
from ledger.files.mirror import Mirror
from ledger.formats.merkle import leaf_hash
from ledger.log import RollbackDetected


class Backup:
    """A copy of the database, to be put back as an operator would."""

    def __init__(self, house: LedgerHouse) -> None:
        self.house = house
        house.database.truncate_wal()
        self.copy = house.folder / "backup.db"
        shutil.copy(house.database.path, self.copy)

    def put_back(self) -> None:
        database = self.house.database
        database.close()
        for suffix in ("-wal", "-shm"):
            database.path.with_name(database.path.name + suffix).unlink(missing_ok=True)
        shutil.copy(self.copy, database.path)


def test_a_database_restored_from_an_older_copy_is_not_signed(
    house: LedgerHouse,
) -> None:
    house.published(5)
    backup = Backup(house)
    house.published(5)
    backup.put_back()
    note = Mirror(house.mirror_folder).newest()
    for call in (house.log.publish, house.log.repair):
        with pytest.raises(RollbackDetected) as refusal:
            call()
        assert "mirror" in refusal.value.fix
    assert Mirror(house.mirror_folder).newest() == note


def test_a_restored_database_that_went_on_is_not_signed(house: LedgerHouse) -> None:
    house.published(5)
    backup = Backup(house)
    house.published(5)
    backup.put_back()
    house.add(entries(20, 100))
    with pytest.raises(RollbackDetected):
        house.log.publish()


def test_another_database_on_the_same_mirror_is_not_signed(
    house: LedgerHouse, tmp_path: Path
) -> None:
    house.published(5)
    stranger = LedgerHouse(tmp_path / "other")
    stranger.add(entries(9, 50))
    foreign = stranger.again(Mirror(house.mirror_folder))
    with pytest.raises(RollbackDetected):
        foreign.publish()
    stranger.close()


def test_after_a_restore_the_mirror_gives_the_missing_entries_back(
    house: LedgerHouse,
) -> None:
    house.published(5)
    backup = Backup(house)
    for count in (300, 400):
        house.published(count)
    backup.put_back()
    assert house.log.restore() == 700
    assert house.log.restore() == 0
    said = house.log.statement(705)
    assert said["kind"] == "restore.done"
    assert (said["facts"]["first"], said["facts"]["end"]) == (5, 705)
    checkpoint = house.log.repair()
    last = leaf_hash(house.log.entry(705))
    assert checkpoint.root == naive_root([*leaves(705), last])
    house.published(3)


def test_there_is_nothing_to_restore_without_a_newer_mirror(house: LedgerHouse) -> None:
    assert house.log.restore() == 0
    house.published(5)
    house.append(2)
    assert house.log.restore() == 0
    assert house.log.publish().size == 7


def test_a_mirror_of_another_history_restores_nothing(house: LedgerHouse) -> None:
    house.published(5)
    backup = Backup(house)
    house.published(5)
    backup.put_back()
    house.add(entries(2, 100))
    with pytest.raises(RollbackDetected):
        house.log.restore()
    assert house.size == 7


def test_a_mirror_that_lacks_its_entries_restores_nothing(house: LedgerHouse) -> None:
    house.log.publish()
    backup = Backup(house)
    house.published(5)
    backup.put_back()
    (house.mirror_folder / "ledger/tile/entries/000.p/5").unlink()
    with pytest.raises(IntegrityFault):
        house.log.restore()


def test_an_empty_mirror_stops_a_log_that_was_published(house: LedgerHouse) -> None:
    house.published(5)
    shutil.rmtree(house.mirror_folder / "ledger")
    with pytest.raises(RollbackDetected):
        house.log.repair()


def test_a_missing_mirror_stops_every_log(house: LedgerHouse) -> None:
    shutil.rmtree(house.mirror_folder)
    with pytest.raises(CannotStart):
        house.log.repair()
