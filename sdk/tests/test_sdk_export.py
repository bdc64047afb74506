"""What an export holds: full openings, their chain, and the signed manifest."""

import hashlib
import itertools
from typing import Any

import pytest
from allod.proofs import (
    FullOpening,
    TrustPolicy,
    VerificationError,
    verify_chain,
    verify_manifest,
)
from hypothesis import given
from hypothesis import strategies as st
from paper_log import Key, plain_json

from kit.canonical import canonical
from ledger.formats.entries import Link, subject_entry

LOG = Key("ledger.example/acme", "allod test log key")
POLICY = TrustPolicy.of_log(LOG.vkey)
SUBJECT, RECORD = bytes(range(16)), bytes(range(16, 32))


def chain_of(length: int, subject: bytes = SUBJECT) -> list[bytes]:
    """Openings as the server writes them: each link names the commitment before it."""
    openings: list[bytes] = []
    prev = None
    for seq in range(1, length + 1):
        link = Link(subject, seq, prev, RECORD if seq % 2 else None)
        content = f"content {seq}".encode()
        entry, opening = subject_entry(
            link, kind="consent", at=1767225660, content=content, granularity=60
        )
        openings.append(opening.to_bytes())
        prev = entry.commitment
    return openings


def test_an_opening_shows_content_and_place() -> None:
    first, second = map(FullOpening.parse, chain_of(2))
    assert (first.seq, first.prev, first.record) == (1, None, RECORD.hex())
    assert second.prev == first.opening.entry.commitment
    assert (second.record, second.opening.kind) == (None, "consent")
    first.verify_content(b"content 1")
    with pytest.raises(VerificationError):
        first.verify_content(b"content 2")


def test_a_whole_chain_is_counted() -> None:
    assert verify_chain(map(FullOpening.parse, chain_of(5))) == 5
    assert verify_chain([]) == 0


@given(st.permutations(range(5)) | st.lists(st.integers(0, 4), max_size=5))
def test_a_chain_with_a_gap_or_out_of_order_is_refused(order: list[int]) -> None:
    openings = [FullOpening.parse(each) for each in chain_of(5)]
    picked = [openings[index] for index in order]
    if order == list(range(len(order))):
        assert verify_chain(picked) == len(order)
        return
    with pytest.raises(VerificationError):
        verify_chain(picked)


def test_a_chain_is_one_customers() -> None:
    first = FullOpening.parse(chain_of(1)[0])
    link = Link(bytes(16), 2, first.opening.entry.commitment)
    _, opening = subject_entry(link, kind="consent", at=60, content=b"", granularity=60)
    with pytest.raises(VerificationError):
        verify_chain([first, FullOpening.parse(opening.to_bytes())])


OPENING = chain_of(2)[1]


@given(st.integers(0, len(OPENING) * 8 - 1))
def test_no_bit_of_an_opening_can_be_flipped(bit: int) -> None:
    data = bytearray(OPENING)
    data[bit // 8] ^= 1 << bit % 8
    try:
        opened = FullOpening.parse(bytes(data))
    except VerificationError:
        return
    # The content's own salt opens nothing here, and the entry's salt opens another
    # entry: neither is the one that was stamped.
    original = FullOpening.parse(OPENING)
    assert opened != original
    if opened.opening == original.opening:
        with pytest.raises(VerificationError):
            opened.verify_content(b"content 2")


@given(st.binary(max_size=60) | st.just(canonical({"v": 1})))
def test_no_bytes_lead_to_any_other_error(data: bytes) -> None:
    with pytest.raises(VerificationError):
        FullOpening.parse(data)


CONTENT = b'{"items":[]}'
FILE = {
    "path": "records/profile.json",
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "size": len(CONTENT),
}
MANIFEST = {
    "v": 1,
    "log": LOG.name,
    "made_at": "2026-11-22T12:00:00Z",
    "files": [FILE, {**FILE, "path": "chain.json", "size": 7}],
}


def manifest(**other: object) -> dict[str, Any]:
    return LOG.document("allod/manifest/v1", {**MANIFEST, **other})


def test_a_manifest_names_each_file_by_its_digest() -> None:
    shown = verify_manifest(plain_json(manifest()) + b"\n", POLICY)
    assert (shown.log, shown.made_at) == (LOG.name, "2026-11-22T12:00:00Z")
    shown.verify_file("records/profile.json", CONTENT)
    for path, content in [
        ("records/profile.json", CONTENT + b" "),
        ("chain.json", CONTENT),
        ("another.json", CONTENT),
    ]:
        with pytest.raises(VerificationError):
            shown.verify_file(path, content)


def test_the_bytes_of_a_manifest_have_one_spelling() -> None:
    whole = plain_json(manifest())
    for other in (whole, whole + b"\n\n", b" " + whole + b"\n"):
        with pytest.raises(VerificationError, match="canonical"):
            verify_manifest(other, POLICY)


@pytest.mark.parametrize(
    "made_at",
    [
        *("2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z"),
        *("2026-01-01T00:00:60Z", "0000-01-01T00:00:00Z", "2026-1-01T00:00:00Z"),
    ],
)
def test_a_manifest_is_made_at_an_instant_that_there_is(made_at: str) -> None:
    with pytest.raises(VerificationError, match="time"):
        verify_manifest(manifest(made_at=made_at), POLICY)


@pytest.mark.parametrize(
    "other",
    [
        {"v": 2},
        {"log": "ledger.example/other"},
        {"more": 1},
        {"files": {}},
        {"files": [1]},
        {"files": [FILE, FILE]},
        {"files": [{**FILE, "more": 1}]},
        {"files": [{**FILE, "size": -1}]},
        {"files": [{**FILE, "size": True}]},
        {"files": [{**FILE, "sha256": "00"}]},
        {"files": [{**FILE, "path": "../profile.json"}]},
        {"files": [{**FILE, "path": "/profile.json"}]},
        {"files": [{**FILE, "path": "a//b"}]},
        {"files": [{**FILE, "path": "a" * 201}]},
    ],
)
def test_a_manifest_of_another_form_is_refused_though_signed(
    other: dict[str, object],
) -> None:
    with pytest.raises(VerificationError):
        verify_manifest(manifest(**other), POLICY)


def test_a_certificate_does_not_pass_for_a_manifest() -> None:
    with pytest.raises(VerificationError):
        verify_manifest(LOG.document("allod/certificate/v1", MANIFEST), POLICY)


def test_a_chain_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allod.proofs.opening.MAX_CHAIN", 4)
    endless = itertools.cycle([FullOpening.parse(chain_of(1)[0])])
    with pytest.raises(VerificationError, match="more than 4"):
        verify_chain(endless)
