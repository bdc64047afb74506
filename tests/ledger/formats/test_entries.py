"""Openings: what proves a stamp later, and the customer's own chain."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledgers import AT, SUBJECT, stamped

from ledger.formats import entry_kinds
from ledger.formats.chain import verify_chain
from ledger.formats.commitment import CommitmentError
from ledger.formats.entries import (
    ErasureOpening,
    Link,
    SubjectOpening,
    erasure_entry,
    operator_entry,
    subject_entry,
)
from ledger.formats.entry_kinds import EntryType

ORDER = bytes(range(16))
DIGEST = bytes(range(32))


def test_an_entry_says_nothing_of_what_it_stamps() -> None:
    entry, opening = stamped(b"a very personal idea")
    body = entry.encode()
    for secret in (SUBJECT.hex(), "idea", "contribution", opening.salt.hex()):
        assert secret.encode() not in body
    assert (entry.type, entry.at) == (EntryType.SUBJECT, AT)


def test_the_same_event_twice_gives_unrelated_entries() -> None:
    assert stamped()[0].commitment != stamped()[0].commitment


def test_an_opening_opens_its_entry() -> None:
    entry, opening = stamped(b"an idea")
    assert opening.opening.entry() == entry
    assert opening.commitment == entry.commitment
    opening.check()
    opening.check(b"an idea")
    assert opening.opening.statement()["kind"] == "contribution"


def test_an_opening_does_not_open_other_content() -> None:
    _, opening = stamped(b"an idea")
    with pytest.raises(CommitmentError):
        opening.check(b"another idea")


@pytest.mark.parametrize("change", ["subject", "seq", "record"])
def test_an_opening_does_not_open_another_link(change: str) -> None:
    _, opening = stamped(seq=2)
    other = {"subject": bytes(16), "seq": 3, "record": None}[change]
    link = replace(opening.link, **{change: other})
    with pytest.raises(CommitmentError):
        replace(opening, link=link).check()


def test_each_part_has_its_own_salt() -> None:
    _, opening = stamped()
    assert len({opening.salt, opening.salt_c, opening.salt_l}) == 3


def test_a_kind_that_is_not_declared_is_not_stamped() -> None:
    for kind in ("erasure", "policy.activated", "unheard"):
        with pytest.raises(ValueError, match="not declared"):
            subject_entry(
                Link(SUBJECT, 1), kind=kind, at=AT, content=b"", granularity=60
            )


def test_openings_read_back() -> None:
    _, subject = stamped(seq=2)
    assert SubjectOpening.from_bytes(subject.to_bytes()) == subject
    _, erasure = erasure_entry(ORDER, at=AT, granularity=60, digest=DIGEST)
    assert ErasureOpening.from_bytes(erasure.to_bytes()) == erasure


@given(data=st.binary(max_size=200))
def test_any_bytes_are_refused_with_one_error(data: bytes) -> None:
    for kind in (SubjectOpening, ErasureOpening):
        with pytest.raises(CommitmentError):
            kind.from_bytes(data)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("v", 2),
        ("salt", 5),
        ("salt_c", "!"),
        ("payload", 5),
        ("link", None),
        ("link", {"subject": SUBJECT.hex(), "seq": 1, "prev": None}),
        ("link", {"subject": SUBJECT.hex(), "seq": "1", "prev": None, "record": None}),
        ("link", {"subject": SUBJECT.hex(), "seq": 0, "prev": None, "record": None}),
        ("link", {"subject": "XY", "seq": 1, "prev": None, "record": None}),
        ("link", {"subject": SUBJECT.hex(), "seq": 2, "prev": None, "record": None}),
        ("link", {"subject": SUBJECT.hex(), "seq": 2, "prev": "!", "record": None}),
    ],
)
def test_an_opening_with_a_bad_member_is_refused(member: str, value: object) -> None:
    document = json.loads(stamped()[1].to_bytes())
    document[member] = value
    data = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
    with pytest.raises(CommitmentError):
        SubjectOpening.from_bytes(data)


def test_an_erasure_commits_to_its_order() -> None:
    entry, opening = erasure_entry(ORDER, at=AT + 5, granularity=60, digest=DIGEST)
    assert (entry.type, entry.at) == (EntryType.ERASURE, AT)
    assert opening.opening.entry() == entry
    opening.check()
    with pytest.raises(CommitmentError):
        replace(opening, order=bytes(16)).check()


def test_an_entry_can_be_made_again_from_the_same_salts() -> None:
    salts = [bytes([n]) * 32 for n in (1, 2)]
    first = erasure_entry(
        ORDER, at=AT, granularity=60, digest=DIGEST, draw=iter(salts).__next__
    )
    again = erasure_entry(
        ORDER, at=AT, granularity=60, digest=DIGEST, draw=iter(salts).__next__
    )
    assert first == again


def test_an_operators_entry_has_a_public_opening() -> None:
    facts = {"digest": "00"}
    entry, opening = operator_entry("policy.activated", facts, at=AT, granularity=60)
    assert opening.entry() == entry
    assert opening.statement()["facts"] == facts


def _chain(length: int) -> list[SubjectOpening]:
    chain: list[SubjectOpening] = []
    for seq in range(1, length + 1):
        prev = chain[-1].commitment if chain else None
        link = Link(SUBJECT, seq, prev)
        _, opening = subject_entry(
            link, kind="consent", at=AT, content=b"c", granularity=60
        )
        chain.append(opening)
    return chain


def test_a_whole_chain_verifies() -> None:
    verify_chain(_chain(5))
    verify_chain([])


@pytest.mark.parametrize("missing", [0, 1, 2, 3])
def test_a_gap_in_the_chain_is_named(missing: int) -> None:
    chain = _chain(5)
    del chain[missing]
    with pytest.raises(CommitmentError, match=f"entry {missing + 1}"):
        verify_chain(chain)


def test_two_entries_of_a_chain_cannot_be_swapped() -> None:
    chain = _chain(4)
    chain[1], chain[2] = chain[2], chain[1]
    with pytest.raises(CommitmentError):
        verify_chain(chain)


def test_an_entry_of_another_chain_does_not_fit() -> None:
    chain = _chain(2)
    link = Link(bytes(16), 3, chain[-1].commitment)
    _, foreign = subject_entry(
        link, kind="consent", at=AT, content=b"c", granularity=60
    )
    with pytest.raises(CommitmentError, match="another chain"):
        verify_chain([*chain, foreign])


def test_a_link_after_the_first_names_the_one_before() -> None:
    for seq, prev in ((1, bytes(32)), (2, None), (0, None)):
        with pytest.raises(CommitmentError):
            Link(SUBJECT, seq, prev)


def test_a_kind_is_declared_once_and_for_one_type() -> None:
    before = entry_kinds.declared()
    entry_kinds.declare("consent", EntryType.SUBJECT)
    assert entry_kinds.declared() == before
    for kind, entry_type in (
        ("consent", EntryType.OPERATOR),
        ("No", EntryType.SUBJECT),
    ):
        with pytest.raises(ValueError, match="one name"):
            entry_kinds.declare(kind, entry_type)


def test_another_package_can_add_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_kinds, "_declared", entry_kinds.declared())
    entry_kinds.declare("reward", EntryType.SUBJECT)
    entry_kinds.require("reward", EntryType.SUBJECT)
