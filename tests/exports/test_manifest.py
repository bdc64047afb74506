"""Manifests: one spelling, one signer, and nothing in them but plain paths."""

from typing import Any

import pytest
from allod.proofs import VerificationError, VerifiedManifest, verify_manifest
from clocks import ManualClock
from hypothesis import given
from hypothesis import strategies as st
from ledgers import signer
from one_verifier import trusting

from exports.manifest import CONTEXT, Listed, sign_manifest
from kit.canonical import canonical, parse
from kit.clock import iso
from ledger.formats.note import sign_document
from ledger.formats.trust_policy import TrustPolicy

OURS, OTHERS = signer(), signer("ledger.example/other", "another log's key")
BOTH = TrustPolicy((OURS.verifier, OTHERS.verifier))
GOOD: dict[str, Any] = {"path": "a/b.json", "sha256": "0" * 64, "size": 1}
DOCUMENT = {
    "v": 1,
    "log": OURS.name,
    "made_at": "2026-11-22T12:00:00Z",
    "files": [GOOD],
}

LINES = st.builds(
    Listed,
    path=st.from_regex(r"[a-z0-9_]{1,8}(/[a-z0-9_][a-z0-9._-]{0,8})?", fullmatch=True),
    sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    size=st.integers(0, 2**53 - 1),
)


def signed(document: dict[str, Any], by: Any = OURS) -> bytes:
    return canonical(sign_document(CONTEXT, document, by)) + b"\n"


def read(data: bytes) -> VerifiedManifest:
    return verify_manifest(data, trusting(BOTH))


def refused(data: bytes) -> str:
    with pytest.raises(VerificationError) as error:
        read(data)
    return str(error.value)


@given(lines=st.lists(LINES, max_size=5, unique_by=lambda line: line.path))
def test_what_is_signed_is_read_back(lines: list[Listed]) -> None:
    at = ManualClock().now()
    shown = read(sign_manifest(lines, made_at=at, signer=OURS))
    assert (shown.log, shown.made_at) == (OURS.name, iso(at))
    listed = [Listed(path, it.sha256, it.size) for path, it in shown.files.items()]
    assert listed == lines


def test_a_manifest_lists_a_file_once() -> None:
    document = {**DOCUMENT, "files": [GOOD, {**GOOD, "size": GOOD["size"] + 1}]}
    assert "twice" in refused(signed(document))


def test_a_manifest_has_one_spelling() -> None:
    data = signed(DOCUMENT)
    assert read(data).log == OURS.name
    for other in (data[:-1], data + b"\n", b" " + data, data.replace(b",", b", ")):
        assert refused(other)


def test_a_log_signs_for_itself_alone() -> None:
    assert "another log" in refused(signed(DOCUMENT, by=OTHERS))
    theirs = {**DOCUMENT, "log": OTHERS.name}
    assert read(signed(theirs, by=OTHERS)).log == OTHERS.name


@pytest.mark.parametrize(
    "line",
    [
        {**GOOD, "path": "../a"},
        {**GOOD, "path": "/a"},
        {**GOOD, "path": ""},
        {**GOOD, "sha256": "0" * 63},
        {**GOOD, "sha256": "A" * 64},
        {**GOOD, "size": -1},
        {**GOOD, "size": "1"},
        {**GOOD, "more": 1},
        {"path": "a"},
        "a",
        None,
    ],
)
def test_a_line_that_is_none_is_refused(line: Any) -> None:
    refused(signed({**DOCUMENT, "files": [line]}))


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"more": 1},
        {"log": None},
        {"files": {}},
        {"made_at": 1},
        {"made_at": "yesterday"},
        {"made_at": "2026-11-22T12:00:00"},
    ],
)
def test_another_shape_is_refused(change: dict[str, Any]) -> None:
    assert refused(signed({**DOCUMENT, **change}))


@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_anything_else_is_refused_with_the_same_error(data: bytes) -> None:
    refused(data)


@given(
    value=st.recursive(
        st.none() | st.integers(0, 9) | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["document", "note", "x"]), inner)
        ),
    )
)
def test_json_that_is_no_manifest_is_refused_with_the_same_error(value: Any) -> None:
    refused(canonical(value) + b"\n")
    assert parse(canonical(value)) == value
