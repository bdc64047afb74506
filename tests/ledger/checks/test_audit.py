"""fsck: whatever was tampered with is found, and the first bad index is named."""

import shutil
from pathlib import Path

import pytest
from ledgers import (
    LedgerHouse,
    change_a_letter,
    entries,
    entry,
    first_bad,
    leaves,
    naive_root,
    signer,
)

from ledger.checks.audit import LedgerFinding, LedgerReport, fsck
from ledger.files.mirror import Mirror
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.merkle import CompactRange, leaf_hash
from ledger.formats.note import sign
from ledger.formats.tiles import Growth
from ledger.log import Log


def codes(report: LedgerReport) -> set[str]:
    return {finding.code for finding in report.findings}


def rewrite(house: LedgerHouse, bodies: list[bytes]) -> None:
    """Do what a careful forger would: entries, tiles and head all fit together."""
    growth = Growth(CompactRange(), lambda *_: b"")
    growth.add(bodies)
    house.tamper("DELETE FROM ledger_entry")
    house.tamper("DELETE FROM ledger_tile")
    house.tamper("DELETE FROM ledger_head")
    for index, body in enumerate(bodies):
        house.tamper("INSERT INTO ledger_entry (idx, body) VALUES (?, ?)", index, body)
    for ref, data in growth.drain():
        sql = "INSERT INTO ledger_tile (level, n, data) VALUES (?, ?, ?)"
        house.tamper(sql, ref.level, ref.n, data)
    peaks = b"".join(growth.range.peaks)
    sql = "INSERT INTO ledger_head (log, size, peaks) VALUES (1, ?, ?)"
    house.tamper(sql, len(bodies), peaks)


def test_a_whole_ledger_is_clean(whole: LedgerHouse) -> None:
    seen: list[int] = []
    report = fsck(whole.log, progress=seen.append)
    assert report.clean
    assert (report.entries, report.checkpoints) == (610, 4)
    assert seen == [256, 512, 610]


def test_an_empty_ledger_is_clean(house: LedgerHouse) -> None:
    assert fsck(house.log).clean
    house.log.publish()
    assert fsck(house.log).clean


def test_what_is_not_published_yet_is_checked_too(whole: LedgerHouse) -> None:
    whole.append(300)
    assert fsck(whole.log).clean
    whole.tamper("UPDATE ledger_entry SET body = x'00' WHERE idx = 700")
    assert first_bad(fsck(whole.log)) == 700


@pytest.mark.parametrize("index", [0, 255, 256, 511, 609])
def test_a_flipped_bit_is_found_where_it_is(whole: LedgerHouse, index: int) -> None:
    sql = "SELECT body FROM ledger_entry WHERE idx = ?"
    (body,) = whole.database.reader().execute(sql, (index,)).fetchone()
    flipped = body[:-5] + bytes([body[-5] ^ 2]) + body[-4:]
    whole.tamper("UPDATE ledger_entry SET body = ? WHERE idx = ?", flipped, index)
    report = fsck(whole.log)
    assert first_bad(report) == index
    assert {"entry.changed", "mirror.entry"} <= codes(report)


def test_a_deleted_entry_is_found(whole: LedgerHouse) -> None:
    whole.tamper("DELETE FROM ledger_entry WHERE idx = 300")
    report = fsck(whole.log)
    assert first_bad(report) == 300
    assert "entry.missing" in codes(report)


def test_two_reordered_entries_are_found(whole: LedgerHouse) -> None:
    whole.tamper(
        "UPDATE ledger_entry AS e SET body = (SELECT body FROM ledger_entry"
        " WHERE idx = 601 - e.idx) WHERE idx IN (300, 301)"
    )
    assert first_bad(fsck(whole.log)) == 300


def test_an_entry_beyond_the_head_is_found(whole: LedgerHouse) -> None:
    whole.tamper("INSERT INTO ledger_entry (idx, body) VALUES (610, x'00')")
    assert codes(fsck(whole.log)) == {"entry.extra"}


@pytest.mark.parametrize(("level", "n", "first"), [(0, 1, 256), (1, 0, 256)])
def test_a_changed_tile_is_found(
    whole: LedgerHouse, level: int, n: int, first: int
) -> None:
    sql = "SELECT data FROM ledger_tile WHERE level = ? AND n = ?"
    (data,) = whole.database.reader().execute(sql, (level, n)).fetchone()
    at = 32 if level else 0
    changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    sql = "UPDATE ledger_tile SET data = ? WHERE level = ? AND n = ?"
    whole.tamper(sql, changed, level, n)
    report = fsck(whole.log)
    assert first_bad(report) == first
    assert codes(report) == {"tile.changed" if level else "entry.changed"}


@pytest.mark.parametrize(
    ("sql", "code", "first"),
    [
        (
            "INSERT INTO ledger_tile (level, n, data) VALUES (2, 0, zeroblob(32))",
            "tile.extra",
            610,
        ),
        (
            "UPDATE ledger_tile SET data = data || x'00' WHERE level = 1",
            "tile.width",
            512,
        ),
        ("DELETE FROM ledger_tile WHERE level = 0 AND n = 2", "tile.width", 512),
        ("DELETE FROM ledger_tile WHERE level = 1 AND n = 0", "tile.width", 0),
    ],
)
def test_a_tile_of_another_width_is_found(
    whole: LedgerHouse, sql: str, code: str, first: int
) -> None:
    whole.tamper(sql)
    report = fsck(whole.log)
    assert code in codes(report)
    assert first_bad(report) == first


def test_a_changed_head_is_found(whole: LedgerHouse) -> None:
    whole.tamper("UPDATE ledger_head SET peaks = zeroblob(length(peaks))")
    assert codes(fsck(whole.log)) == {"head.changed"}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_head SET peaks = x'00'",
        "UPDATE ledger_head SET size = size + 1",
        "UPDATE ledger_head SET size = 1000000",
        "UPDATE ledger_head SET peaks = 'text'",
    ],
)
def test_a_head_that_cannot_be_read_does_not_end_the_check(
    whole: LedgerHouse, sql: str
) -> None:
    whole.tamper(sql)
    assert codes(fsck(whole.log)) == {"head.changed"}
    whole.tamper("UPDATE ledger_entry SET body = x'00' WHERE idx = 77")
    assert first_bad(fsck(whole.log)) == 77


@pytest.mark.parametrize("data", [b"", b"\xff\xfe"])
def test_a_checkpoint_of_the_mirror_that_is_none_is_found(
    whole: LedgerHouse, data: bytes
) -> None:
    (whole.mirror_folder / "ledger/checkpoint").write_bytes(data)
    assert codes(fsck(whole.log)) == {"checkpoint.unverifiable"}


def test_a_careful_forgery_is_found_at_its_first_entry(whole: LedgerHouse) -> None:
    bodies = whole.bodies()
    bodies[123] = entry(9999).encode()
    rewrite(whole, bodies)
    report = fsck(whole.log)
    assert first_bad(report) == 123
    assert codes(report) == {"checkpoint.root", "mirror.entry"}
    (finding,) = (f for f in report.findings if f.code == "checkpoint.root")
    assert "entries 5 to 304" in finding.detail


def test_a_careful_insertion_is_found(whole: LedgerHouse) -> None:
    bodies = whole.bodies()
    rewrite(whole, [*bodies[:200], entry(9999).encode(), *bodies[200:]])
    assert first_bad(fsck(whole.log)) == 200


def test_a_careful_deletion_is_found(whole: LedgerHouse) -> None:
    bodies = whole.bodies()
    rewrite(whole, bodies[:200] + bodies[201:])
    report = fsck(whole.log)
    assert first_bad(report) == 200
    assert "checkpoint.beyond" in codes(report)


def test_a_careful_truncation_is_found(whole: LedgerHouse) -> None:
    rewrite(whole, whole.bodies()[:305])
    whole.tamper("DELETE FROM ledger_operator")
    whole.tamper("DELETE FROM ledger_checkpoint WHERE size > 305")
    report = fsck(whole.log)
    assert codes(report) == {"checkpoint.beyond", "mirror.entry"}
    assert first_bad(report) == 305


def test_a_history_written_anew_is_found(whole: LedgerHouse, tmp_path: Path) -> None:
    other = LedgerHouse(tmp_path / "other")
    other.add(entries(610, 5000))
    other.log.publish()
    foreign = Log(
        other.database,
        signer=signer(),
        mirror=Mirror(whole.mirror_folder),
        clock=other.clock,
    )
    report = fsck(foreign)
    assert "checkpoint.fork" in codes(report)
    assert first_bad(report) == 0
    other.close()


def test_a_checkpoint_with_another_root_is_found(whole: LedgerHouse) -> None:
    text = Checkpoint("ledger.example/acme", 400, bytes(32)).encode()
    sql = "INSERT INTO ledger_checkpoint (size, note, signed_at) VALUES (400, ?, 0)"
    whole.tamper(sql, sign(text, [signer()]))
    (finding,) = fsck(whole.log).findings
    assert finding.code == "checkpoint.root"
    assert "size 400" in finding.detail


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_checkpoint SET note = 'x' WHERE size = 5",
        "UPDATE ledger_checkpoint SET size = 6 WHERE size = 5",
    ],
)
def test_a_checkpoint_that_does_not_verify_is_found(
    whole: LedgerHouse, sql: str
) -> None:
    whole.tamper(sql)
    assert codes(fsck(whole.log)) == {"checkpoint.unverifiable"}


def test_a_missing_mirror_is_found(whole: LedgerHouse) -> None:
    shutil.rmtree(whole.mirror_folder / "ledger")
    assert codes(fsck(whole.log)) == {"mirror.missing"}


def test_a_changed_mirror_is_found(whole: LedgerHouse) -> None:
    bundle = whole.mirror_folder / "ledger/tile/entries/001"
    data = bundle.read_bytes()
    change_a_letter(bundle)
    report = fsck(whole.log)
    assert codes(report) == {"mirror.entry"}
    assert first_bad(report) == 511
    bundle.write_bytes(data[:-1])
    assert codes(fsck(whole.log)) == {"mirror.bundle"}
    bundle.unlink()
    assert codes(fsck(whole.log)) == {"mirror.bundle"}


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("DELETE FROM ledger_operator", "operator.missing"),
        ("UPDATE ledger_operator SET salt = zeroblob(32)", "operator.changed"),
        ("UPDATE ledger_operator SET salt = x'00'", "operator.changed"),
        ("UPDATE ledger_operator SET payload = x'00'", "operator.changed"),
    ],
)
def test_an_operators_opening_is_checked(
    whole: LedgerHouse, sql: str, code: str
) -> None:
    whole.tamper(sql)
    report = fsck(whole.log)
    assert codes(report) == {code}
    assert first_bad(report) == 605


def test_bytes_that_are_no_entry_are_found(house: LedgerHouse) -> None:
    rewrite(house, [b"not an entry"])
    assert codes(fsck(house.log)) == {"entry.malformed"}


def test_other_checks_can_add_what_they_find(whole: LedgerHouse) -> None:
    finding = LedgerFinding("opening.missing", 3, "a record without its stamp")
    report = fsck(whole.log).extended(finding)
    assert not report.clean
    assert first_bad(report) == 3


def test_a_rolled_back_database_is_found_where_it_ends(whole: LedgerHouse) -> None:
    rewrite(whole, whole.bodies()[:400])
    whole.tamper("DELETE FROM ledger_checkpoint WHERE size > 400")
    whole.tamper("DELETE FROM ledger_operator")
    report = fsck(whole.log)
    assert "checkpoint.beyond" in codes(report)
    assert first_bad(report) == 400


def test_exchanged_tiles_are_found_at_the_first_of_them(whole: LedgerHouse) -> None:
    whole.tamper(
        "UPDATE ledger_tile AS t SET data = (SELECT data FROM ledger_tile"
        " WHERE level = 0 AND n = 1 - t.n) WHERE level = 0 AND n IN (0, 1)"
    )
    report = fsck(whole.log)
    assert codes(report) == {"entry.changed"}
    assert first_bad(report) == 0


def test_the_naive_tree_agrees(whole: LedgerHouse) -> None:
    hashes = [leaf_hash(body) for body in whole.bodies()]
    assert hashes[:605] == leaves(605)
    latest = whole.log.latest()
    assert latest is not None
    assert latest.checkpoint.root == naive_root(hashes)


def test_a_mirror_that_went_back_is_found(whole: LedgerHouse) -> None:
    sql = "SELECT size, note FROM ledger_checkpoint ORDER BY size LIMIT 1"
    size, note = whole.database.reader().execute(sql).fetchone()
    (whole.mirror_folder / "ledger/checkpoint").write_text(note, "utf-8")
    found = {each.code: each.index for each in fsck(whole.log).findings}
    assert found["mirror.behind"] == size


def test_a_tile_of_the_mirror_that_is_gone_or_other_is_found(
    whole: LedgerHouse,
) -> None:
    tile = whole.mirror_folder / "ledger/tile/0/001"
    tile.write_bytes(bytes(8192))
    report = fsck(whole.log)
    assert (codes(report), first_bad(report)) == ({"mirror.tile"}, 256)
    tile.unlink()
    assert codes(fsck(whole.log)) == {"mirror.tile"}
