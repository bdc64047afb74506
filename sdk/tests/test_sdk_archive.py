"""Checking an export offline: whole or refused, and the refusal names the file."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from allod.proofs import VerificationError
from archives import HandMade, ledger_in, line, pack
from hypothesis import given
from hypothesis import strategies as st
from ledgers import signer
from one_verifier import verify_archive

from exports.chain import ChainEntry
from exports.manifest import Listed
from kit.canonical import canonical
from ledger.formats.entries import SubjectOpening
from ledger.formats.trust_policy import TrustPolicy

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HandMade]:
    ledger = ledger_in(tmp_path_factory.mktemp("archive"))
    yield HandMade(ledger)
    ledger.close()


@pytest.fixture(scope="module")
def files(made: HandMade) -> Files:
    return made.sealed()


def entries_of(files: Files) -> list[ChainEntry]:
    """Read the chain as it was written, to be written again in another way."""
    return [
        ChainEntry(
            index=entry["index"],
            opening=SubjectOpening.from_bytes(canonical(entry["opening"])),
            content=entry["content"].encode(),
            receipt=Listed(**entry["receipt"]),
        )
        for entry in json.loads(files["chain.json"])["entries"]
    ]


def refusal(files: Files, policy: TrustPolicy) -> VerificationError:
    with pytest.raises(VerificationError) as refused:
        verify_archive(pack(files), policy)
    return refused.value


def test_a_whole_archive_verifies_from_memory_and_from_a_path(
    made: HandMade, files: Files, tmp_path: Path
) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(pack(files))
    summary = verify_archive(path, made.policy)
    assert summary == verify_archive(pack(files), made.policy)
    assert (summary.files, summary.entries, summary.proven) == (8, 3, 3)
    assert summary.tree == 5
    assert summary.size == sum(map(len, files.values())) - len(files["manifest.json"])


def test_the_order_of_the_files_is_no_matter(made: HandMade, files: Files) -> None:
    turned = dict(reversed(files.items()))
    assert verify_archive(pack(turned), made.policy).files == len(files)


@given(data=st.data())
def test_any_byte_flipped_in_any_file_is_found_and_the_file_is_named(
    made: HandMade, files: Files, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from(sorted(files)))
    place = data.draw(st.integers(0, len(files[path]) - 1))
    bits = data.draw(st.integers(1, 255))
    bent = bytearray(files[path])
    bent[place] ^= bits
    assert refusal({**files, path: bytes(bent)}, made.policy).file == path


def test_a_file_that_was_taken_out_is_named(made: HandMade, files: Files) -> None:
    for path in files:
        rest = {name: data for name, data in files.items() if name != path}
        assert refusal(rest, made.policy).file == path


def test_a_file_that_was_put_in_is_named(made: HandMade, files: Files) -> None:
    for path in ("extra.txt", "receipts/extra.tlog-proof", "records/more.json"):
        assert refusal({**files, path: b""}, made.policy).file == path


def test_two_files_that_changed_places_are_found(made: HandMade, files: Files) -> None:
    first, second = (path for path in files if "consent" in path or "export" in path)
    swapped = {**files, first: files[second], second: files[first]}
    assert refusal(swapped, made.policy).file == first


def test_a_manifest_of_a_stranger_is_no_manifest(made: HandMade, files: Files) -> None:
    other = signer(text="somebody else's key")
    entries = entries_of(files)
    forged = made.signed(dict(files), entries, by=other)
    assert refusal(forged, made.policy).file == "manifest.json"
    trusting = TrustPolicy((other.verifier,))
    assert refusal(files, trusting).file == "manifest.json"


def test_a_chain_with_a_gap_is_refused_though_it_is_signed(
    made: HandMade, files: Files
) -> None:
    first, _, last = entries_of(files)
    rest = {path: data for path, data in files.items() if "consent" not in path}
    error = refusal(made.signed(rest, [first, last]), made.policy)
    assert error.file == "chain.json"
    assert "gap before entry 2" in error.args[0]


def test_a_chain_that_was_cut_off_at_its_end_is_refused_though_it_is_signed(
    made: HandMade, files: Files
) -> None:
    rest = {path: data for path, data in files.items() if "export" not in path}
    error = refusal(made.signed(rest, entries_of(files)[:2]), made.policy)
    assert error.file == "chain.json"
    assert "does not reach" in error.args[0]


def test_a_text_that_was_not_stamped_is_refused_though_it_is_signed(
    made: HandMade, files: Files
) -> None:
    first, *rest = entries_of(files)
    told = replace(first, content=b'{"title":"Another lid"}')
    error = refusal(made.signed(dict(files), [told, *rest]), made.policy)
    assert error.file == "chain.json"


def test_a_receipt_of_another_entry_is_refused_though_it_is_signed(
    made: HandMade, files: Files
) -> None:
    first, second, last = entries_of(files)
    path = first.receipt.path
    bent = {**files, path: files[second.receipt.path]}
    entries = [replace(first, receipt=line(path, bent)), second, last]
    error = refusal(made.signed(bent, entries), made.policy)
    assert (error.file, error.args[0]) == (
        path,
        "entry 1: a receipt is of another entry",
    )


def test_an_opening_that_opens_another_entry_is_refused_though_it_is_signed(
    made: HandMade, files: Files
) -> None:
    *rest, last = entries_of(files)
    told = replace(last, opening=replace(last.opening, salt=bytes(32)))
    error = refusal(made.signed(dict(files), [*rest, told]), made.policy)
    assert error.file == last.receipt.path


def test_a_receipt_that_leads_to_no_signed_root_is_refused_though_it_is_signed(
    made: HandMade, files: Files
) -> None:
    *rest, last = entries_of(files)
    path = last.receipt.path
    bent = {**files, path: files[path].replace(b"index 2", b"index 3")}
    told = replace(last, index=3, receipt=line(path, bent))
    error = refusal(made.signed(bent, [*rest, told]), made.policy)
    assert error.file == path


def test_a_file_that_is_listed_twice_is_refused(made: HandMade, files: Files) -> None:
    first, second, last = entries_of(files)
    entries = [replace(first, receipt=second.receipt), second, last]
    assert (
        "listed twice"
        in refusal(made.signed(dict(files), entries), made.policy).args[0]
    )


def test_a_manifest_without_a_chain_is_refused(made: HandMade, files: Files) -> None:
    signed = made.signed(dict(files), entries_of(files))
    manifest = json.loads(signed["manifest.json"])
    manifest["document"]["files"] = []
    bent = {**signed, "manifest.json": json.dumps(manifest).encode()}
    assert refusal(bent, made.policy).file == "manifest.json"


@given(place=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
def test_a_bent_archive_gives_the_same_account_or_one_kind_of_error(
    made: HandMade, files: Files, place: float, bits: int
) -> None:
    whole = pack(files)
    bent = bytearray(whole)
    bent[int(place * len(bent))] ^= bits
    try:
        summary = verify_archive(bytes(bent), made.policy)
    except VerificationError:
        return
    assert summary == verify_archive(whole, made.policy)


@given(length=st.floats(0, 1, exclude_max=True))
def test_an_archive_that_broke_off_never_verifies(
    made: HandMade, files: Files, length: float
) -> None:
    whole = pack(files)
    with pytest.raises(VerificationError):
        verify_archive(whole[: int(length * len(whole))], made.policy)


@given(junk=st.binary(max_size=400))
def test_what_is_no_archive_is_refused_with_the_same_error(
    made: HandMade, junk: bytes
) -> None:
    with pytest.raises(VerificationError):
        verify_archive(junk, made.policy)
