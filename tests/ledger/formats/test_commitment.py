"""Commitments and entries: one spelling, one opening, nothing said."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats.commitment import (
    CommitmentError,
    Entry,
    Opening,
    commit,
    content_commit,
    link_commit,
    new_salt,
    order_commit,
    rounded,
)
from ledger.formats.entry_kinds import EntryType

SALT = bytes(range(32))
PAYLOAD = b'{"at":60,"facts":{},"kind":"key.created","v":1}'
ENTRY = Entry(EntryType.SUBJECT, 1_795_348_800, bytes(range(32)))


def test_the_commitment_of_the_worked_example_is_reproduced() -> None:
    salt = hashlib.sha256(b"salt1").digest()
    payload = b'{"kind":"review","seq":1,"subject":"cus_0001","v":1}'
    assert commit(salt, payload).hex() == (
        "5b0133d1bb95905b91e34a9cead42720e3f5bb6eb839ff4d9629188e71e6238b"
    )


@pytest.mark.parametrize("length", [0, 31, 33, 64, 65])
def test_a_salt_of_another_length_is_refused(length: int) -> None:
    for make in (commit, content_commit, link_commit, order_commit):
        with pytest.raises(CommitmentError):
            make(bytes(length), PAYLOAD)


def test_why_other_lengths_are_refused() -> None:
    long = bytes(65)
    context = b"allod/commitment/v1\n" + PAYLOAD
    assert hmac.digest(SALT, context, "sha256") == hmac.digest(
        SALT + b"\0", context, "sha256"
    )
    assert hmac.digest(long, context, "sha256") == hmac.digest(
        hashlib.sha256(long).digest(), context, "sha256"
    )
    with pytest.raises(CommitmentError):
        commit(SALT + b"\0", PAYLOAD)


def test_what_is_committed_to_is_kept_apart_by_its_context() -> None:
    made = {f(SALT, PAYLOAD) for f in (commit, content_commit, link_commit)}
    assert len({*made, order_commit(SALT, PAYLOAD)}) == 4


def test_a_payload_has_a_limit() -> None:
    commit(SALT, bytes(48 * 1024))
    with pytest.raises(CommitmentError):
        commit(SALT, bytes(48 * 1024 + 1))


def test_salts_are_drawn_anew() -> None:
    assert len(new_salt()) == 32
    assert new_salt() != new_salt()


@pytest.mark.parametrize(
    ("at", "granularity", "expected"), [(119, 60, 60), (120, 60, 120), (7, 1, 7)]
)
def test_times_are_rounded_down(at: int, granularity: int, expected: int) -> None:
    assert rounded(at, granularity) == expected


def test_an_entry_reads_back() -> None:
    assert Entry.parse(ENTRY.encode()) == ENTRY
    assert ENTRY.encode().startswith(b"allod-entry/v1\nsubject\n1795348800\n")


@pytest.mark.parametrize("kind", ["contribution", "consent", "SUBJECT", ""])
def test_the_types_of_entries_are_few_and_closed(kind: str) -> None:
    with pytest.raises(CommitmentError):
        Entry.parse(ENTRY.encode().replace(b"subject", kind.encode()))


@given(data=st.data())
def test_no_byte_of_an_entry_can_be_added_or_dropped(data: st.DataObject) -> None:
    body = ENTRY.encode()
    at = data.draw(st.integers(min_value=0, max_value=len(body) - 1))
    extra = data.draw(st.binary(min_size=1, max_size=1))
    for changed in (body[:at] + body[at + 1 :], body[:at] + extra + body[at:]):
        try:
            assert Entry.parse(changed) != ENTRY
            assert Entry.parse(changed).encode() == changed
        except CommitmentError:
            pass


@given(data=st.binary())
def test_any_bytes_are_refused_with_one_error(data: bytes) -> None:
    with pytest.raises(CommitmentError):
        Entry.parse(data)


@pytest.mark.parametrize(("at", "commitment"), [(-1, bytes(32)), (0, bytes(31))])
def test_an_entry_has_a_time_and_a_commitment(at: int, commitment: bytes) -> None:
    with pytest.raises(CommitmentError):
        Entry(EntryType.SUBJECT, at, commitment)


def test_an_opening_recomputes_its_entry() -> None:
    opening = Opening.read(EntryType.OPERATOR, SALT, PAYLOAD)
    assert opening.entry() == Entry(EntryType.OPERATOR, 60, commit(SALT, PAYLOAD))
    assert opening.statement()["kind"] == "key.created"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        PAYLOAD + b"\n",
        PAYLOAD.replace(b'"v":1', b'"v":2'),
        PAYLOAD.replace(b'"v":1', b'"v":true'),
        PAYLOAD.replace(b'"v":1', b'"v":1,"w":1'),
        PAYLOAD.replace(b'"at":60', b'"at":60.0'),
        PAYLOAD.replace(b'"at":60', b'"at":true'),
        PAYLOAD.replace(b'"at":60', b'"at": 60'),
        PAYLOAD.replace(b'"at":60,', b""),
        PAYLOAD.replace(b"{}", b"NaN"),
    ],
)
def test_a_payload_is_canonical_and_has_its_members(payload: bytes) -> None:
    with pytest.raises(CommitmentError):
        Opening.read(EntryType.OPERATOR, SALT, payload)


@pytest.mark.parametrize("kind", [b'"Key"', b'""', b"5", b'"a b"', b'"key.created\\n"'])
def test_a_statement_names_a_kind(kind: bytes) -> None:
    payload = PAYLOAD.replace(b'"key.created"', kind)
    with pytest.raises(CommitmentError):
        Opening.read(EntryType.OPERATOR, SALT, payload).statement()


def test_a_statements_time_is_the_entrys() -> None:
    with pytest.raises(CommitmentError):
        Opening(EntryType.OPERATOR, 120, SALT, PAYLOAD).statement()
