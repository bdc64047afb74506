"""Copies: complete, brought up step by step, and checked to the first bad entry."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import LedgerHouse, entries, first_bad, signer

from kit.errors import Conflict, IntegrityFault, NotFound
from ledger.checks.copy_check import check
from ledger.checks.static_copy import copy
from ledger.files.tree import StaticTree
from ledger.formats.trust_policy import TrustPolicy
from ledger.log import Log, RollbackDetected
from ledger.tlog_tiles import PublicTables, PublicTree


def _operator(house: LedgerHouse) -> int:
    with house.database.write() as session:
        return house.log.stamp_operator(session, "policy.activated", {"digest": "ab"})


def _grown(house: LedgerHouse) -> LedgerHouse:
    """One that has full and partial tiles, two levels, and operator entries."""
    house.append(3)
    _operator(house)
    house.append(290)
    _operator(house)
    house.append(255)
    house.log.publish()
    return house


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def test_a_copy_has_all_that_the_log_serves(house: LedgerHouse, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    assert copy(_grown(house).log, folder) == (0, 550)
    tables, tree = PublicTables(house.database), PublicTree(folder)
    files = _files(folder)
    for path in files:
        if path != "policy":
            assert tree.resource(path) == tables.resource(path)
    assert {"tile/0/002.p/38", "tile/1/000.p/2", "tile/entries/002.p/38"} <= set(files)
    policy = TrustPolicy.parse(files["policy"])
    assert policy.accept(files["checkpoint"]).checkpoint.size == 550
    opened = [json.loads(line) for line in files["operator/001"].splitlines()]
    assert [each["index"] for each in opened] == [294]
    assert check(folder, policy).clean
    assert check(folder, policy, house.log).clean


def test_openings_are_served_up_to_the_checkpoint_and_no_further(
    house: LedgerHouse, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    copy(_grown(house).log, folder)
    tables, tree = PublicTables(house.database), PublicTree(folder)
    ahead = _operator(house)  # stamped, and not published
    row = f'{{"index":{ahead},"payload":"","salt":""}}\n'
    (folder / "operator/002").write_text(row)
    for served in (tables, tree):
        for path in ("operator/002", "operator/003", "operator/x000/000", "operator/0"):
            with pytest.raises(NotFound):
                served.resource(path)
    (folder / "operator/001").write_bytes(b"{}\n")
    with pytest.raises(IntegrityFault):
        tree.resource("operator/001")


@given(sizes=st.lists(st.integers(1, 300), min_size=1, max_size=4))
@settings(max_examples=12, deadline=None)
def test_step_by_step_a_copy_becomes_what_it_would_be_at_once(
    sizes: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("house")
    house = LedgerHouse(folder)
    for size in sizes:
        house.append(size)
        _operator(house)
        house.log.publish()
        copy(house.log, folder / "stepwise")
    copy(house.log, folder / "at-once")
    stepwise, at_once = _files(folder / "stepwise"), _files(folder / "at-once")
    assert {path: stepwise[path] for path in at_once} == at_once
    # Besides there are only partial tiles of the sizes in between.
    assert all(".p/" in path for path in stepwise.keys() - at_once.keys())
    assert check(folder / "stepwise", house.log.policy, house.log).clean
    house.close()


def test_a_second_copy_writes_nothing_anew_but_the_end(
    house: LedgerHouse, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    copy(_grown(house).log, folder)
    full = folder / "tile/0/000"
    before = full.stat()
    house.published(5)
    assert copy(house.log, folder) == (550, 555)
    assert full.stat().st_ino == before.st_ino
    assert copy(house.log, folder) == (555, 555)


@pytest.mark.parametrize("method", ["put", "put_file", "seal"])
def test_cut_off_anywhere_the_copy_is_that_of_the_checkpoint_before(
    house: LedgerHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    folder = tmp_path / "copy"
    copy(_grown(house).log, folder)
    house.published(300)
    for survived in range(4):
        with monkeypatch.context() as patch:
            patch.setattr(StaticTree, method, _failing(survived, method))
            try:
                copy(house.log, folder)
            except OSError:
                assert check(folder, house.log.policy).entries == 550
        assert check(folder, house.log.policy, house.log).clean
    copy(house.log, folder)
    assert check(folder, house.log.policy, house.log).entries == 850


def _failing(survived: int, method: str) -> Callable[..., None]:
    real, left = getattr(StaticTree, method), iter(range(survived))

    def fails(*arguments: object) -> None:
        if next(left, None) is None:
            raise OSError
        real(*arguments)

    return fails


def _flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


TAMPERED: dict[str, tuple[str, Callable[[bytes], bytes], str, int | None]] = {
    "an entry": ("tile/entries/001", lambda d: _flip(d, 81 * 7 + 70), "entry", 263),
    "an entry's end": ("tile/entries/002.p/38", lambda d: d[:-1], "bundle", 512),
    "no bundle": ("tile/entries/001", lambda _: b"", "bundle", 256),
    "a hash": ("tile/0/001", lambda d: _flip(d, 32 * 9), "entry", 265),
    "two hashes swapped": (
        "tile/0/000",
        lambda d: d[:64] + d[96:128] + d[64:96] + d[128:],
        "entry",
        2,
    ),
    "a hash too many": ("tile/0/000", lambda d: d + bytes(32), "tile", 256),
    "a node above": ("tile/1/000.p/2", lambda d: _flip(d, 40), "tile", 256),
    "an opening": ("operator/000", lambda d: d.replace(b"s", b"t", 1), "operator", 3),
    "no opening": ("operator/001", lambda _: b"", "operator", 294),
    "a signature": ("checkpoint", lambda d: _flip(d, len(d) - 9), "checkpoint", None),
    "no checkpoint": ("checkpoint", lambda _: b"", "checkpoint", None),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_check_names_the_first_entry_that_is_not_as_signed(
    house: LedgerHouse, tmp_path: Path, what: str
) -> None:
    folder = tmp_path / "copy"
    copy(_grown(house).log, folder)
    path, tamper, code, index = TAMPERED[what]
    data = (folder / path).read_bytes()
    (folder / path).write_bytes(tamper(data))
    for log in (None, house.log):
        report = check(folder, house.log.policy, log)
        (finding,) = report.findings
        assert finding.code.startswith(code)
        assert finding.index == index
        assert first_bad(report) == index


def test_a_file_that_is_gone_is_found(house: LedgerHouse, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    copy(_grown(house).log, folder)
    for path, data in _files(folder).items():
        if path != "policy":
            (folder / path).unlink()
            assert not check(folder, house.log.policy).clean
            (folder / path).write_bytes(data)
    assert check(folder, house.log.policy).clean


def test_a_copy_of_another_history_is_not_written_over(
    house: LedgerHouse, tmp_path: Path
) -> None:
    folder, other = tmp_path / "copy", LedgerHouse(tmp_path / "other")
    other.add(entries(600, 1))
    other.log.publish()
    copy(_grown(house).log, folder)
    before = _files(folder)
    with pytest.raises(RollbackDetected, match="two histories"):
        copy(other.log, folder)
    assert _files(folder) == before
    (finding,) = check(folder, other.log.policy, other.log).findings
    assert (finding.code, finding.index) == ("log.entry", 0)
    other.close()


def test_a_copy_that_is_ahead_of_the_log_is_not_written_over(
    house: LedgerHouse, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    _grown(house).published(300)
    copy(house.log, folder)
    house.tamper("DELETE FROM ledger_checkpoint WHERE size = 850")
    with pytest.raises(RollbackDetected, match="ahead"):
        copy(house.log, folder)
    (finding,) = check(folder, house.log.policy, house.log).findings
    assert (finding.code, finding.index) == ("log.behind", 550)


def test_a_copy_under_unknown_keys_is_refused(
    house: LedgerHouse, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    copy(_grown(house).log, folder)
    foreign = TrustPolicy((signer(text="another key").verifier,))
    (finding,) = check(folder, foreign).findings
    assert finding.code == "checkpoint.unverifiable"
    other = Log(
        house.database,
        signer=signer(text="another key"),
        mirror=house.log.mirror,
        clock=house.clock,
    )
    with pytest.raises(IntegrityFault):
        copy(other, folder)


def test_a_folder_of_other_things_is_left_alone(
    house: LedgerHouse, tmp_path: Path
) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("Dear")
    house.published(1)
    with pytest.raises(Conflict):
        copy(house.log, tmp_path / "letters")


def test_nothing_is_copied_before_anything_is_published(
    house: LedgerHouse, tmp_path: Path
) -> None:
    house.append(1)
    with pytest.raises(Conflict):
        copy(house.log, tmp_path / "copy")
