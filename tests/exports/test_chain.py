"""The chain in an export: read strictly, each text with the entry that proves it."""

from typing import Any

import pytest
from allod.proofs import VerificationError
from allod.proofs._archive_chain import read_entries
from hypothesis import given
from hypothesis import strategies as st
from ledgers import stamped

from exports.chain import ChainEntry, Contents, receipt_path
from exports.manifest import Listed
from kit.canonical import canonical, parse

FILES = 8
RECEIPT = Listed("receipts/x-1.tlog-proof", "0" * 64, 1)


def entry(content: bytes = b"an idea") -> ChainEntry:
    _, opening = stamped(content)
    return ChainEntry(0, opening, content, RECEIPT)


def chained(*documents: Any, **more: Any) -> bytes:
    return canonical({"v": 1, "entries": list(documents), **more})


def refused(data: bytes) -> str:
    with pytest.raises(VerificationError) as error:
        read_entries(data, at_most=FILES)
    return str(error.value)


def test_an_entry_reads_back_as_it_was_written() -> None:
    one = entry("ein Einfall, 一个主意".encode())
    (read,) = read_entries(chained(one.document()), at_most=FILES)
    assert (read.index, read.content, read.path) == (0, one.content, RECEIPT.path)
    assert read.opening.opening.payload == one.opening.payload


@pytest.mark.parametrize(
    "value",
    [
        b"{}",
        b"0",
        b"[]",
        b'{"index":0}',
        b'"' + b"a" * (1 << 23) + b'"',
    ],
    ids=["objects", "numbers", "lists", "entries", "one long text"],
)
def test_a_chain_longer_than_its_receipts_is_refused_before_it_is_parsed(
    value: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = b",".join([value] * (1 if len(value) > 99 else 100_000))
    module = "allod.proofs._archive_chain.json_object"
    monkeypatch.setattr(module, lambda *_, **__: pytest.fail("it was parsed"))
    said = refused(b'{"v":1,"entries":[' + values + b"]}")
    assert "longer than the receipts" in said


def test_as_many_entries_as_there_are_receipts_are_read() -> None:
    content = canonical({"text": ',"[{' * 5000})
    documents = [entry(content).document() for _ in range(FILES)]
    assert "longer" not in refused(chained(*documents))


def test_an_empty_chain_is_one() -> None:
    assert read_entries(chained(), at_most=FILES) == []


@pytest.mark.parametrize(
    "change",
    [{"index": "0"}, {"content": 1}, {"receipt": {}}, {"opening": {}}, {"more": 1}],
)
def test_an_entry_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    refused(chained({**entry().document(), **change}))


def test_another_version_or_member_is_refused() -> None:
    assert "expected 1" in refused(chained(v=2))
    assert "other members" in refused(chained(more=1))


@given(data=st.binary(max_size=200) | st.text(max_size=99).map(str.encode))
def test_anything_else_is_refused_with_the_same_error(data: bytes) -> None:
    assert refused(data)


@pytest.mark.parametrize("member", ["salt_c", "salt_l", "payload", "link"])
def test_an_opening_with_another_part_is_refused(member: str) -> None:
    other = entry().document()
    bent = entry().document()
    bent["opening"][member] = other["opening"][member]
    if member == "link":
        bent["opening"]["link"] = {**bent["opening"]["link"], "record": "f" * 32}
    assert refused(chained(bent)).startswith("entry 1: ")


def test_a_receipt_is_called_after_its_record_or_its_kind() -> None:
    opening = entry().opening
    assert receipt_path(opening) == f"receipts/{'00' * 16}-1.tlog-proof"


def test_a_text_is_found_by_what_proves_it_and_given_once() -> None:
    contents = Contents()
    record = bytes(16)
    for text in (b"first", b"second", b"third"):
        contents.add("contribution", record, text)
    second, again = entry(b"second").opening, entry(b"second").opening
    assert contents.of(second) == b"second"
    assert contents.of(again) is None
    assert contents.of(entry(b"first").opening) == b"first"
    assert contents.of(entry(b"never kept").opening) is None
    assert parse(second.payload)["kind"] == "contribution"
