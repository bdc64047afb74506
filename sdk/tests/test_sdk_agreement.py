"""Two verifiers that share no code, the SDK's and the server's, say the same."""

import json
from collections.abc import Callable
from typing import Any

from allod import proofs
from hypothesis import example, given
from hypothesis import strategies as st
from paper_log import Key, PaperLog, a_log, b64, plain_json

from kit.errors import AllodError
from ledger.formats import checkpoint as server_checkpoint
from ledger.formats import commitment as server_commitment
from ledger.formats import note as server_note
from ledger.formats import trust_policy as server_policy

LOG = a_log(7)
KEY = LOG.key
POLICY = f"log {KEY.vkey}\nquorum none\n"
OURS = proofs.TrustPolicy.parse(POLICY)
THEIRS = server_policy.TrustPolicy.parse(POLICY)
RECEIPT = LOG.receipt(2)


def accepts(check: Callable[[], object]) -> bool:
    try:
        check()
    except (proofs.VerificationError, AllodError):
        return False
    return True


def both(ours: Callable[[], object], theirs: Callable[[], object]) -> bool:
    verdict = accepts(ours)
    assert verdict == accepts(theirs)
    return verdict


def receipt_stands(receipt: bytes | str) -> bool:
    return accepts(lambda: proofs.verify_receipt(receipt, OURS))


def certificate_stands(signed: dict[str, Any]) -> bool:
    return accepts(lambda: proofs.verify_certificate(signed, OURS))


CHECKPOINT = f"ledger.example/acme\n41\n{b64(bytes(range(32)))}\n"
ODD = [" ", "\0", "\t", "+", "\x1c", "\x7f", "\x85", "\u2028", "\ud800", "é", "\n", "0"]


@given(st.integers(0, len(CHECKPOINT)), st.sampled_from(ODD))
@example(6, " ")
@example(6, "\0")
def test_checkpoints_with_an_odd_character(at: int, odd: str) -> None:
    text = CHECKPOINT[:at] + odd + CHECKPOINT[at:]
    both(
        lambda: proofs.Checkpoint.parse(text),
        lambda: server_checkpoint.Checkpoint.parse(text),
    )


@given(st.integers(0, len(RECEIPT) - 1), st.binary(max_size=3), st.integers(0, 3))
@example(at=0, new=b"", cut=0)
def test_receipts_that_were_edited(at: int, new: bytes, cut: int) -> None:
    data = RECEIPT.encode()
    edited = data[:at] + new + data[at + cut :]
    assert receipt_stands(edited) == (edited == data)


@given(st.data())
def test_receipts_whose_lines_changed_places(data: st.DataObject) -> None:
    lines = RECEIPT.split("\n")
    kept = st.lists(st.sampled_from(lines), min_size=len(lines) - 2)
    order = data.draw(st.permutations(lines) | kept)
    assert receipt_stands("\n".join(order)) == (order == lines)


WORDS = st.sampled_from(["v", "kind", "at", "order_commit", "facts", "more"])
VALUES = st.sampled_from(
    [1, 2, True, None, "erasure", "a.b", "A", "", 1767225600, 2**53, b64(bytes(32)), {}]
)


@given(
    st.sampled_from(["subject", "erasure", "operator", "other"]),
    st.dictionaries(WORDS, VALUES),
    st.sampled_from([1767225600, 0, -1]),
    st.sampled_from([bytes(32), bytes(31), bytes(64)]),
)
@example("operator", {"v": 1, "kind": "a.b", "at": 0, "facts": {}}, 0, bytes(32))
def test_whatever_was_stamped(
    kind: str, statement: dict[str, Any], at: int, salt: bytes
) -> None:
    log = PaperLog(KEY)
    log.openings.append((kind, at, salt, plain_json(statement)))
    receipt_stands(log.receipt(0))


def an_erasure() -> tuple[PaperLog, dict[str, Any]]:
    log, order, salt = a_log(3), bytes(range(16)), bytes(range(32))
    commitment = server_commitment.order_commit(salt, order)
    index = log.stamp("erasure", {"order_commit": b64(commitment)}, "erasure")
    return log, {
        "v": 1,
        "id": order.hex(),
        "log": log.key.name,
        "order_salt": b64(salt),
        "receipt": log.receipt(index),
        "finality": "not_scheduled",
        "scope": "account",
    }


ERASURE, DOCUMENT = an_erasure()
SIGNED = KEY.document("allod/certificate/v1", DOCUMENT)


def test_a_certificate_is_shown_to_be_about_its_order() -> None:
    shown = proofs.verify_certificate(json.dumps(SIGNED), OURS)
    assert (shown.erasure_id, shown.finality) == (DOCUMENT["id"], "not_scheduled")
    assert shown.receipt.kind == "erasure"
    assert certificate_stands(SIGNED)


@given(
    st.sampled_from(sorted(DOCUMENT)),
    st.sampled_from(
        [None, 2, "", "final", "f" * 32, b64(bytes(32)), LOG.receipt(0), "ledger"]
    ),
)
def test_a_certificate_that_says_something_else_though_well_signed(
    name: str, value: object
) -> None:
    signed = KEY.document("allod/certificate/v1", {**DOCUMENT, name: value})
    harmless = name == "scope" or (name, value) == ("finality", "final")
    assert certificate_stands(signed) == harmless


@given(name=st.sampled_from(sorted(DOCUMENT)), drop=st.booleans())
def test_a_certificate_that_was_changed_after_it_was_signed(
    name: str, *, drop: bool
) -> None:
    document = {**DOCUMENT, name: "other"}
    if drop:
        del document[name]
    assert not certificate_stands({**SIGNED, "document": document})


def test_a_certificate_of_another_log_that_is_trusted_too() -> None:
    other = Key("ledger.example/other", "the other log")
    trusting = f"log {other.vkey}\n{POLICY}"
    signed = other.document("allod/certificate/v1", DOCUMENT)
    policy = proofs.TrustPolicy.parse(trusting)
    assert not accepts(lambda: proofs.verify_certificate(signed, policy))


WITNESS = Key("witness.example/w1", "w1", kind=4)
SECOND = Key(KEY.name, "second", kind=6)
LINES = st.sampled_from(
    [
        f"log {KEY.vkey}",
        f"log {Key('other.example', 'o').vkey} https://other.example",
        f"witness w1 {WITNESS.vkey}",
        f"witness w2 {Key('witness.example/w2', 'w2', kind=4).vkey}",
        f"witness w1 {KEY.vkey}",
        f"log {SECOND.vkey}",
        f"witness w2 {SECOND.vkey}",
        "group g any w1",
        "group g 2 w1 w2",
        "group h all g w2",
        "group h 0 g",
        "group none any g",
        "\tgroup  g \t1 w2 ",
        "quorum none",
        "quorum g",
        "quorum h",
        "quorum w1",
        "quorum",
        "",
        " # a comment",
        "nonsense",
    ]
)


@given(st.lists(LINES, max_size=8))
def test_policies_of_all_sorts(lines: list[str]) -> None:
    text = "\n".join([f"log {KEY.vkey}"] * (lines[:1] == [""]) + lines) + "\n"
    if both(
        lambda: proofs.TrustPolicy.parse(text),
        lambda: server_policy.TrustPolicy.parse(text),
    ):
        ours = proofs.TrustPolicy.parse(text)
        theirs = server_policy.TrustPolicy.parse(text)
        for witnesses in ([], [WITNESS], [SECOND], [WITNESS, SECOND]):
            note = a_log(3, witnesses=witnesses).checkpoint()
            both(lambda: ours.verify_checkpoint(note), lambda: theirs.accept(note))  # noqa: B023


NOTE = a_log(7, witnesses=[SECOND]).checkpoint()
VKEYS = (KEY.vkey, SECOND.vkey)


@given(st.integers(0, len(NOTE) - 1), st.text(max_size=2), st.integers(0, 2))
def test_notes_that_were_edited(at: int, new: str, cut: int) -> None:
    edited = NOTE[:at] + new + NOTE[at + cut :]
    for known in (VKEYS[:1], VKEYS[1:], VKEYS):
        both(
            lambda: proofs.open_note(edited, map(proofs.Verifier.parse, known)),  # noqa: B023
            lambda: server_note.open_note(
                edited,
                map(server_note.Verifier.parse, known),  # noqa: B023
            ),
        )


@given(
    st.text(max_size=60) | st.sampled_from(VKEYS),
    st.integers(0, 60),
    st.text(max_size=2),
)
def test_keys_of_all_sorts(vkey: str, at: int, new: str) -> None:
    edited = vkey[:at] + new + vkey[at:]
    both(
        lambda: proofs.Verifier.parse(edited),
        lambda: server_note.Verifier.parse(edited),
    )
