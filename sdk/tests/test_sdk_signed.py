"""Signed documents, and what any bytes at all may lead to."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from allod.proofs import (
    Context,
    Receipt,
    TrustPolicy,
    VerificationError,
    Verifier,
    open_note,
    verify_document,
    verify_receipt,
)
from allod.proofs._strict import canonical, json_object
from hypothesis import given
from hypothesis import strategies as st
from paper_log import Key, plain_json

LOG = Key("ledger.example/acme", "allod test log key")
POLICY = TrustPolicy.of_log(LOG.vkey)
DOCUMENT = {"id": "0" * 32, "counts": {"b": 2, "a": [1, None, True]}, "說": "é\n"}
SIGNED = LOG.document(Context.MANIFEST, DOCUMENT)


def test_a_document_is_shown_with_its_signer() -> None:
    for spelling in (SIGNED, json.dumps(SIGNED), json.dumps(SIGNED).encode()):
        shown = verify_document(Context.MANIFEST, spelling, POLICY)
        assert (shown.document, shown.signer) == (DOCUMENT, LOG.name)


def test_a_document_does_not_pass_for_one_of_another_kind() -> None:
    for other in set(Context) - {Context.MANIFEST}:
        with pytest.raises(VerificationError):
            verify_document(other, SIGNED, POLICY)


def test_a_document_signed_by_somebody_else_is_refused() -> None:
    stranger = Key(LOG.name, "a stranger").document(Context.MANIFEST, DOCUMENT)
    with pytest.raises(VerificationError):
        verify_document(Context.MANIFEST, stranger, POLICY)


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"document": DOCUMENT},
        {**SIGNED, "more": 1},
        {**SIGNED, "document": [DOCUMENT]},
        {**SIGNED, "document": {**DOCUMENT, "id": "1" * 32}},
        {**SIGNED, "document": {**DOCUMENT, "half": 0.5}},
        {**SIGNED, "document": {**DOCUMENT, "large": 2**53}},
        {**SIGNED, "document": {**DOCUMENT, "lone": "\ud800"}},
        {**SIGNED, "note": ""},
        {**SIGNED, "note": None},
        {**SIGNED, "note": "\n\n" + str(SIGNED["note"])},
        {**SIGNED, "note": "more text\n\n" + str(SIGNED["note"])},
    ],
)
def test_another_document_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(VerificationError):
        verify_document(Context.MANIFEST, bad, POLICY)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'{"a":1,"a":2}',
        b'{"a":NaN}',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":9007199254740992}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":"\xff"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_loose_json_is_refused(text: bytes) -> None:
    with pytest.raises(VerificationError):
        json_object(text)


strict_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), strict_json, max_size=5))
def test_the_canonical_form_is_that_of_an_independent_writer(
    value: dict[str, Any],
) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    assert json_object(canonical(value)) == value


READERS = [
    lambda data: verify_receipt(data, POLICY),
    Receipt.parse,
    lambda data: verify_document(Context.CERTIFICATE, data, POLICY),
    TrustPolicy.parse,
    POLICY.verify_checkpoint,
    lambda data: open_note(data, POLICY.logs),
]
FRAGMENTS = st.sampled_from(
    [
        b"c2sp.org/tlog-proof@v1\n",
        b"extra e30=\n",
        b"index 0\n",
        b"\n",
        b"ledger.example/acme\n",
        "— ledger.example/acme Kfg+EgAA\n".encode(),
        b"log ",
        b"quorum none\n",
        b"witness \xff ",
        b"group g any w\n",
        LOG.vkey.encode(),
        plain_json(SIGNED),
        b'{"document":{},"note":"\\ud800"}',
        b'{"document":{"a":{}},"note":"x"}',
        b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
    ]
)


@pytest.mark.parametrize("read", READERS)
@given(data=st.lists(FRAGMENTS | st.binary(max_size=40), max_size=8).map(b"".join))
def test_no_bytes_lead_to_any_other_error(
    read: Callable[[bytes | str], object], data: bytes
) -> None:
    for given_as in (data, data.decode("utf-8", "surrogateescape")):
        try:
            read(given_as)
        except VerificationError:
            continue


@given(st.text())
def test_no_key_leads_to_any_other_error(text: str) -> None:
    try:
        Verifier.parse(text)
    except VerificationError:
        return
