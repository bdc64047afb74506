"""Time stamps that are not of the checkpoint they are kept for."""

from pathlib import Path

import pytest
from authorities import Authority as Openssl
from ledgers import LedgerHouse

from kit.clock import unix
from ledger.checks.audit import time_findings
from ledger.formats.timestamp import Chain, request
from ledger.stores import writing_times


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Openssl:
    return Openssl.made(tmp_path_factory.mktemp("tsa") / "a")


@pytest.fixture
def stamped(house: LedgerHouse, made: Openssl) -> LedgerHouse:
    """A ledger with time stamps of two of its checkpoints."""
    for _ in range(2):
        house.published(5)
        signed = house.log.latest()
        assert signed is not None
        token = made.answer(request(signed.checkpoint.encode()).der)
        size = signed.checkpoint.size
        house.log.mirror.put_time(size, signed.note, token)
        with house.database.write() as session:
            writing_times(session).add(
                size, token, Chain.parse(made.chain).pem, unix(house.clock.now())
            )
    return house


def found(house: LedgerHouse) -> list[str]:
    return [each.detail for each in time_findings(house.log)]


def test_time_stamps_of_their_checkpoints_are_in_order(stamped: LedgerHouse) -> None:
    assert found(stamped) == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_time SET token = substr(token, 1, 99) WHERE size = 10",
        "UPDATE ledger_time SET token = (SELECT token FROM ledger_time) WHERE size > 5",
        "UPDATE ledger_time SET chain = x'00' WHERE size = 10",
        "DELETE FROM ledger_checkpoint WHERE size = 10",
    ],
)
def test_a_row_that_was_changed_is_named_by_its_size(
    stamped: LedgerHouse, sql: str
) -> None:
    stamped.tamper(sql)
    (detail,) = found(stamped)
    assert "size 10" in detail


def test_a_copy_in_the_mirror_that_was_changed_or_is_gone_is_named(
    stamped: LedgerHouse,
) -> None:
    times: Path = stamped.mirror_folder / "time"
    (times / "5.tsr").write_bytes((times / "10.tsr").read_bytes())
    (times / "10.tsr").unlink()
    first, second = found(stamped)
    assert "size 5" in first
    assert "size 10" in second
