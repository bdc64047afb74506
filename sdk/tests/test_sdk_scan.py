"""Scans: whole, or not at all; and lines parted where they end."""

import json
from itertools import pairwise

import pytest
from allod import (
    Allod,
    AsyncAllod,
    ConnectionFailed,
    Refused,
    ScanEnd,
    Truncated,
    UnexpectedAnswer,
)
from allod._ndjson import MAX_LINE, Lines
from fake_vault import (
    DISCLOSURE,
    RECORD,
    Answer,
    FakeVault,
    problem,
    scan_lines,
    scan_of,
)
from hypothesis import given
from hypothesis import strategies as st

NDJSON = "application/x-ndjson"


def streamed(*chunks: bytes, broken: bool = False) -> Answer:
    return Answer(media=NDJSON, chunks=chunks, broken=broken)


def test_a_scan_gives_every_line_and_then_its_end(
    vault: FakeVault, allod: Allod
) -> None:
    vault.plan(scan_of(250))
    with allod.records.scan("profile", purpose="support.case") as scan:
        assert scan.end is None
        ids = [disclosure.record_id for disclosure in scan]
    assert ids == [RECORD] * 250
    assert scan.end == ScanEnd(250, 0)
    asked = vault.asked[0]
    assert asked.json == {"purpose": "support.case", "collection": "profile"}
    assert asked.headers["Accept"] == NDJSON


async def test_its_twin_does_the_same(
    vault: FakeVault, async_allod: AsyncAllod
) -> None:
    vault.plan(scan_of(250))
    async with async_allod.records.scan("profile", purpose="support.case") as scan:
        ids = [disclosure.record_id async for disclosure in scan]
    assert (len(ids), scan.end) == (250, ScanEnd(250, 0))


@pytest.mark.parametrize(
    "chunks",
    [
        scan_lines(3, None),
        (),
        (*scan_lines(3, None), b'{"customer_id": "c-10'),
        scan_lines(3, {"end": True, "disclosed": 4, "withheld": 0}),
        scan_lines(3, {"end": True, "disclosed": 2, "withheld": 0}),
        (b'{"end": true, "disclosed": 0, "withheld": 0}',),
        (*scan_lines(3, None), b'{"error": {"status": 503, "code": "scan.broken"}}\n'),
    ],
)
def test_a_scan_without_its_true_end_is_truncated(
    vault: FakeVault, allod: Allod, chunks: tuple[bytes, ...]
) -> None:
    vault.plan(streamed(*chunks))
    with pytest.raises(Truncated):
        list(allod.records.scan("profile", purpose="support.case"))


def test_a_connection_that_breaks_is_no_end(vault: FakeVault, allod: Allod) -> None:
    vault.plan(streamed(*scan_lines(3, None), broken=True))
    scan = allod.records.scan("profile", purpose="support.case")
    with pytest.raises(ConnectionFailed):
        list(scan)
    assert scan.end is None
    assert len(vault.asked) == 1


def test_nothing_comes_after_the_end(vault: FakeVault, allod: Allod) -> None:
    end = scan_lines(0, {"end": True, "disclosed": 0, "withheld": 0})
    vault.plan(streamed(*end, *scan_lines(1, None)))
    with pytest.raises(UnexpectedAnswer):
        list(allod.records.scan("profile", purpose="support.case"))


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b"{}\n", b'{"end": 1}\n'])
def test_a_line_that_is_no_disclosure_is_an_error(
    vault: FakeVault, allod: Allod, line: bytes
) -> None:
    vault.plan(streamed(line))
    with pytest.raises(UnexpectedAnswer) as caught:
        list(allod.records.scan("profile", purpose="support.case"))
    assert "nonsense" not in str(caught.value)


def test_a_refused_scan_says_why(vault: FakeVault, allod: Allod) -> None:
    vault.plan(problem(403, "role.missing", reasons=[{"code": "role.missing"}]))
    with pytest.raises(Refused) as caught:
        list(allod.records.scan("profile", purpose="support.case"))
    assert caught.value.reasons[0].code == "role.missing"


def test_a_scan_that_is_left_early_gives_its_connection_back(
    vault: FakeVault, allod: Allod
) -> None:
    vault.plan(scan_of(1000))
    with allod.records.scan("profile", purpose="support.case") as scan:
        for _ in scan:
            break
    assert list(scan) == []
    assert allod.records.list("c-1042", "profile", purpose="support.case").items


async def test_a_twin_that_is_left_early_does_too(
    vault: FakeVault, async_allod: AsyncAllod
) -> None:
    vault.plan(scan_of(1000))
    async with async_allod.records.scan("profile", purpose="support.case") as scan:
        async for _ in scan:
            break
    assert [disclosure async for disclosure in scan] == []


def test_a_line_separator_inside_a_value_does_not_part_it(
    vault: FakeVault, allod: Allod
) -> None:
    value = "one\u2028two\u0085three\x1cfour"
    line = json.dumps({**DISCLOSURE, "values": {"text": value}}, ensure_ascii=False)
    end = scan_lines(0, {"end": True, "disclosed": 1, "withheld": 0})
    vault.plan(streamed(line.encode() + b"\n", *end))
    (shown,) = allod.records.scan("profile", purpose="support.case")
    assert shown.values == {"text": value}


@given(st.lists(st.binary(min_size=1).filter(lambda b: b"\n" not in b)), st.data())
def test_lines_come_out_whole_however_they_came_in(
    lines: list[bytes], data: st.DataObject
) -> None:
    stream = b"".join(line + b"\n" for line in lines)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=6).map(sorted))
    edges = [0, *cuts, len(stream)]
    reader, found = Lines(), []
    for start, end in pairwise(edges):
        found += reader.feed(stream[start:end])
    reader.end()
    assert found == lines


def test_a_line_without_an_end_in_sight_is_given_up() -> None:
    reader = Lines()
    reader.feed(bytes(MAX_LINE))
    with pytest.raises(UnexpectedAnswer):
        reader.feed(b"x")
