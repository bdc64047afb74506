"""Asking an authority now and then, and the evidence that comes of it."""

import io
import logging
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from allod.proofs import VerificationError
from authorities import Authority as Openssl
from authorities import openssl
from hypothesis import given
from hypothesis import strategies as st
from ledgers import LedgerHouse, signer
from one_verifier import read_evidence, verify_evidence

from kit.errors import Conflict, IntegrityFault, Unavailable
from ledger.formats.timestamp import Chain
from ledger.formats.trust_policy import TrustPolicy
from ledger.outside.trusted_time import Authority, TrustedTime

FILES = [
    "EVIDENCE.txt",
    "checkpoint.txt",
    "policy.txt",
    "receipt.tlog-proof",
    "timestamp.tsr",
    "tsa.pem",
]


class Asked:
    """An authority that counts, and is down while it is told to be."""

    def __init__(self, made: Openssl) -> None:
        self.made = made
        self.count = 0
        self.down = False
        self.lies = False

    def ask(self, query: bytes) -> bytes:
        self.count += 1
        if self.down:
            raise Unavailable("the authority is down")
        return self.made.over("another text") if self.lies else self.made.answer(query)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Openssl:
    return Openssl.made(tmp_path_factory.mktemp("tsa") / "a")


@pytest.fixture
def asked(made: Openssl) -> Asked:
    return Asked(made)


@pytest.fixture
def time(house: LedgerHouse, asked: Asked) -> TrustedTime:
    chain = Chain.parse(asked.made.chain)
    return TrustedTime(
        house.database,
        log=house.log,
        clock=house.clock,
        authority=Authority(asked, chain, timedelta(hours=1)),
    )


def stamps(house: LedgerHouse) -> list[int]:
    rows = house.database.reader().execute("SELECT size FROM ledger_time ORDER BY 1")
    return [size for (size,) in rows]


def test_a_published_checkpoint_is_stamped_and_kept_beside_it_and_in_the_mirror(
    house: LedgerHouse, time: TrustedTime
) -> None:
    house.published(3)
    time.run_once()
    assert stamps(house) == [3]
    signed = house.log.latest()
    (row,) = house.database.reader().execute("SELECT token FROM ledger_time")
    assert signed is not None
    kept = {
        each.name: each.read_bytes()
        for each in (house.mirror_folder / "time").iterdir()
    }
    assert kept == {"3.checkpoint": signed.note.encode(), "3.tsr": row[0]}


def test_one_token_is_asked_for_in_an_interval_and_none_while_nothing_is_new(
    house: LedgerHouse, time: TrustedTime, asked: Asked
) -> None:
    house.published(3)
    time.run_once()
    house.published(1)
    time.run_once()
    house.clock.advance(minutes=59)
    time.run_once()
    assert asked.count == 1
    house.clock.advance(minutes=2)
    time.run_once()
    house.clock.advance(hours=9)
    time.run_once()
    assert (stamps(house), asked.count) == ([3, 4], 2)


def test_after_a_good_answer_the_next_waits_for_the_interval_alone(
    house: LedgerHouse, asked: Asked
) -> None:
    often = Authority(asked, Chain.parse(asked.made.chain), timedelta(seconds=30))
    time = TrustedTime(
        house.database, log=house.log, clock=house.clock, authority=often
    )
    for size in (1, 2, 3):
        house.published(1)
        time.run_once()
        assert stamps(house)[-1] == size
        house.clock.advance(seconds=30)


def test_without_a_checkpoint_or_an_authority_nothing_is_asked(
    house: LedgerHouse, time: TrustedTime, asked: Asked
) -> None:
    time.run_once()
    house.published(1)
    TrustedTime(house.database, log=house.log, clock=house.clock).run_once()
    assert (asked.count, stamps(house)) == (0, [])


@pytest.mark.parametrize("fault", ["down", "lies"])
def test_an_authority_that_fails_is_asked_again_later_and_stops_nothing(
    house: LedgerHouse, time: TrustedTime, asked: Asked, fault: str
) -> None:
    setattr(asked, fault, True)
    house.published(2)
    time.run_once()
    time.run_once()
    assert (asked.count, stamps(house)) == (1, [])
    setattr(asked, fault, False)
    house.clock.advance(minutes=5)
    time.run_once()
    assert stamps(house) == [2]


def test_a_newest_token_that_is_too_old_is_an_alarm(
    house: LedgerHouse,
    time: TrustedTime,
    asked: Asked,
    caplog: pytest.LogCaptureFixture,
) -> None:
    house.published(1)
    time.run_once()
    asked.down = True
    house.published(1)
    house.clock.advance(hours=2)
    time.run_once()
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]
    house.clock.advance(hours=2)
    time.run_once()
    assert "too old" in caplog.text


def test_evidence_is_by_the_earliest_token_over_the_entry_and_verifies(
    house: LedgerHouse, time: TrustedTime, asked: Asked
) -> None:
    index, opening = house.contribute()
    house.log.publish()
    time.run_once()
    house.published(300)
    house.clock.advance(hours=2)
    time.run_once()
    assert stamps(house) == [1, 301]
    made = time.evidence(index, opening).encode()
    shown = verify_evidence(made, house.log.policy, asked.made.chain).receipt
    assert (shown.index, shown.checkpoint.size) == (0, 1)
    assert shown.kind == "contribution"


def test_an_entry_without_a_token_has_no_evidence_yet(
    house: LedgerHouse, time: TrustedTime
) -> None:
    index, opening = house.contribute()
    house.log.publish()
    with pytest.raises(Conflict, match="no time stamp"):
        time.evidence(index, opening)


def test_an_opening_of_another_entry_makes_no_evidence(
    house: LedgerHouse, time: TrustedTime
) -> None:
    _, opening = house.contribute()
    house.published(1)
    time.run_once()
    with pytest.raises(IntegrityFault):
        time.evidence(1, opening)


@pytest.fixture
def evidence(house: LedgerHouse, time: TrustedTime) -> bytes:
    house.append(5)
    index, opening = house.contribute()
    house.log.publish()
    time.run_once()
    return time.evidence(index, opening).encode()


def test_the_file_comes_apart_with_standard_tools_and_openssl_verifies_the_token(
    evidence: bytes, tmp_path: Path, made: Openssl
) -> None:
    with zipfile.ZipFile(io.BytesIO(evidence)) as archive:
        assert archive.namelist() == FILES
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    arguments = (
        *("ts", "-verify", "-data", tmp_path / "checkpoint.txt"),
        *("-in", tmp_path / "timestamp.tsr", "-CAfile"),
    )
    done = openssl(*arguments, made.folder / "root.pem")
    assert b"Verification: OK" in done.stdout + done.stderr
    (tmp_path / "checkpoint.txt").write_bytes(b"another\n")
    assert openssl(*arguments, made.folder / "root.pem").returncode != 0


def test_one_entry_has_one_evidence(evidence: bytes) -> None:
    assert read_evidence(evidence).encode() == evidence


def test_evidence_with_a_foreign_checkpoint_is_refused(
    evidence: bytes, house: LedgerHouse, made: Openssl
) -> None:
    other = replace(read_evidence(evidence), checkpoint=b"x").encode()
    with pytest.raises(VerificationError, match="not the receipt's"):
        verify_evidence(other, house.log.policy, made.chain)


def test_evidence_is_not_believed_about_whom_to_trust(
    evidence: bytes, house: LedgerHouse, tmp_path: Path
) -> None:
    other = Openssl.made(tmp_path / "other")
    with pytest.raises(VerificationError):
        verify_evidence(evidence, house.log.policy, other.chain)


@pytest.fixture
def refused(house: LedgerHouse, made: Openssl) -> Callable[[bytes], None]:
    """Tell that a file is refused, by whoever trusts the log and the authority."""

    def check(data: bytes) -> None:
        with pytest.raises(VerificationError):
            verify_evidence(data, house.log.policy, made.chain)

    return check


Refused = Callable[[bytes], None]


def test_a_repacked_file_is_refused(evidence: bytes, refused: Refused) -> None:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(evidence)) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, source.read(name))
    refused(packed.getvalue())


@pytest.mark.parametrize("extra", [b"\0", b"PK", b"\n"])
def test_something_before_or_after_the_file_is_refused(
    evidence: bytes, extra: bytes, refused: Refused
) -> None:
    for spoiled in (evidence + extra, extra + evidence):
        refused(spoiled)


@pytest.mark.parametrize("cut", [0, 1, 500, -1])
def test_a_file_that_is_cut_is_refused(
    evidence: bytes, cut: int, refused: Refused
) -> None:
    refused(evidence[:cut])


def test_a_flipped_bit_is_found_wherever_it_is(
    evidence: bytes, refused: Refused
) -> None:
    for place in range(0, len(evidence), 97):
        spoiled = bytearray(evidence)
        spoiled[place] ^= 1
        refused(bytes(spoiled))


@given(st.binary(max_size=300))
def test_nonsense_raises_one_error(data: bytes) -> None:
    for each in (data, b"PK\3\4" + data, b"PK\5\6" + data):
        with pytest.raises(VerificationError):
            verify_evidence(each, TrustPolicy((signer().verifier,)), b"")
