"""Signed notes: the specification's examples, and everything a forger would try."""

from typing import Any

import pytest
from allod.proofs import VerificationError
from hypothesis import given
from hypothesis import strategies as st
from ledgers import ORIGIN, seed, signer
from one_verifier import verify_document

from kit.canonical import canonical
from kit.errors import AllodError
from kit.secret import Secret
from ledger.formats.note import open_note, sign, sign_document
from ledger.formats.signing import COSIGNATURE, ML_DSA_44, NoteError, Signer, Verifier

# The example of the C2SP signed-note specification.
SPEC_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv"
    "1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# Those of golang.org/x/mod/sumdb/note, with a second signer.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
    "KvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

TEXT = "ledger.example/acme\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
KEY = signer()
OTHER = signer(text="another key")
NOTE = sign(TEXT, [KEY])


def test_the_example_of_the_specification_verifies() -> None:
    note = open_note(SPEC_NOTE, [Verifier.parse(SPEC_KEY)])
    assert note.text == "This is an example message.\n"
    assert note.signatures[0].verifier.vkey == SPEC_KEY


def test_the_example_of_the_go_package_verifies() -> None:
    assert open_note(PETER_NOTE, [Verifier.parse(PETER)]).text.endswith("problem is.\n")


def test_the_key_of_the_worked_example_is_derived_from_its_seed() -> None:
    key = "ledger.example/acme+29f83e12+AdQo9qK0N0yGTTCu4HAyOSF1gLLhKyVM+fpGB78zLHXC"
    assert KEY.verifier.vkey == key
    assert Verifier.parse(key) == KEY.verifier


def test_what_is_signed_opens_again() -> None:
    assert open_note(NOTE, [KEY.verifier]).text == TEXT
    assert open_note(NOTE.encode(), [KEY.verifier]).text == TEXT


def test_during_a_rotation_either_key_is_enough() -> None:
    both = sign(TEXT, [KEY, OTHER])
    for known in ([KEY.verifier], [OTHER.verifier], [KEY.verifier, OTHER.verifier]):
        opened = open_note(both, known)
        assert [each.verifier for each in opened.signatures] == known


def test_an_unknown_signature_is_passed_over() -> None:
    line = signer("elsewhere.example/log", "x").line("another text\n")
    assert open_note(NOTE + line, [KEY.verifier]).text == TEXT


def test_a_known_key_with_a_bad_signature_rejects_the_whole_note() -> None:
    forged = sign(TEXT, [KEY]) + OTHER.line("another text\n")
    with pytest.raises(NoteError):
        open_note(forged, [KEY.verifier, OTHER.verifier])


def test_a_note_that_no_known_key_signed_is_rejected() -> None:
    with pytest.raises(NoteError):
        open_note(NOTE, [OTHER.verifier])
    with pytest.raises(NoteError):
        open_note(NOTE, [])


def test_the_text_ends_at_the_last_blank_line() -> None:
    text = "one\n\ntwo\n"
    assert open_note(sign(text, [KEY]), [KEY.verifier]).text == text


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        TEXT,
        TEXT + "\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE.replace("—", "-"),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("— ", "—  "),
        NOTE.replace("acme", "ac\tme"),
        NOTE + "— name\n",
        NOTE + "— name Kfg=\n",
        NOTE + "— name !!!!!!!!\n",
        NOTE + "— na+me AAAAAAAAAAA=\n",
        NOTE + "—  AAAAAAAAAAA=\n",
        NOTE + "— name AAAAAAAAAAB=\n",
        NOTE + "— n AAAAAAAAAAA=\n" * 100,
        "x" * (1 << 20) + NOTE,
        NOTE.encode() + b"\xff\n",
        "\ud800" + NOTE,
    ],
)
def test_what_is_not_a_note_is_rejected(note: str | bytes) -> None:
    with pytest.raises(NoteError):
        open_note(note, [KEY.verifier])


@given(at=st.integers(min_value=0, max_value=len(NOTE.encode()) * 8 - 1))
def test_no_bit_of_a_note_can_be_flipped(at: int) -> None:
    data = bytearray(NOTE.encode())
    data[at // 8] ^= 1 << at % 8
    with pytest.raises(NoteError):
        open_note(bytes(data), [KEY.verifier])


@given(note=st.one_of(st.text(), st.binary()))
def test_anything_at_all_is_refused_with_one_error(note: str | bytes) -> None:
    with pytest.raises(NoteError):
        open_note(note, [KEY.verifier])


@given(vkey=st.text())
def test_any_text_is_no_key(vkey: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(vkey)


@pytest.mark.parametrize(
    "vkey",
    [
        SPEC_KEY.replace("foo", "bar"),
        SPEC_KEY.replace("530d903a", "530D903A"),
        SPEC_KEY + "=",
        SPEC_KEY[:-4],
        "a b" + SPEC_KEY,
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "x\udc80+00000000+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "name+00000000+",
    ],
)
def test_a_key_that_is_not_spelled_the_one_way_is_refused(vkey: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(vkey)


def test_a_type_of_key_that_is_not_supported_is_refused() -> None:
    with pytest.raises(NoteError):
        Verifier("name", bytes(32), 0x05)


@pytest.mark.parametrize("length", [0, 32, 1311, 1313])
def test_a_key_has_the_length_of_its_type(length: int) -> None:
    with pytest.raises(NoteError):
        Verifier("name", bytes(length), ML_DSA_44)
    with pytest.raises(NoteError):
        Verifier("name", bytes(1312), COSIGNATURE)


def test_two_keys_that_cannot_be_told_apart_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Verifier, "key_id", bytes(4))
    with pytest.raises(NoteError):
        open_note(NOTE, [KEY.verifier, OTHER.verifier])


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\nb"])
def test_a_signer_has_a_name_that_a_note_can_carry(name: str) -> None:
    with pytest.raises(NoteError):
        Signer(name, seed("any"))


def test_a_seed_has_32_bytes() -> None:
    with pytest.raises(NoteError):
        Signer(ORIGIN, Secret(b"short"))


def test_a_signer_does_not_show_its_key() -> None:
    assert repr(KEY) == f"Signer({ORIGIN!r})"


@pytest.mark.parametrize("text", ["no newline", "", "tab\t\n", "a\n\n— n AAAAAAAAAAA="])
def test_only_a_notes_text_is_signed(text: str) -> None:
    with pytest.raises(NoteError):
        sign(text, [KEY])


def test_a_note_has_a_signer() -> None:
    with pytest.raises(NoteError):
        sign(TEXT, [])


def test_a_cosignature_covers_its_time() -> None:
    witness = Verifier.parse(
        "witness.example/w1+da2a0756+BLlGRm/5myc36GUXSZuddspiNowEsuqA2JItMs/B/YYd"
    )
    assert witness.algorithm == COSIGNATURE
    for signature in (b"", bytes(71), bytes(72), b"\xff" * 72):
        with pytest.raises(NoteError):
            witness.check(TEXT, signature)


CONTEXT = "allod/certificate/v1"
DOCUMENT = {"id": "c1", "counts": {"records": 3}, "note": "é\n\n— x"}


def test_a_signed_document_verifies() -> None:
    signed = sign_document(CONTEXT, DOCUMENT, KEY)
    assert verify_document(CONTEXT, signed, [KEY.verifier]) == DOCUMENT


def _tampered() -> list[Any]:
    signed = sign_document(CONTEXT, DOCUMENT, KEY)
    return [
        {**signed, "document": {**DOCUMENT, "id": "c2"}},
        {**signed, "note": ""},
        {**signed, "note": signed["note"] * 101},
        {**signed, "note": "\n" + signed["note"]},
        {**signed, "note": "x\n\n" + signed["note"]},
        {**signed, "note": OTHER.line("x\n")},
        {**signed, "note": 5},
        {**signed, "document": []},
        {**signed, "document": {"a": float("nan")}},
        {**signed, "more": 1},
        {"document": DOCUMENT},
        {},
    ]


@pytest.mark.parametrize("signed", _tampered())
def test_a_changed_document_does_not_verify(signed: Any) -> None:
    with pytest.raises(VerificationError):
        verify_document(CONTEXT, signed, [KEY.verifier])


def test_signature_lines_cannot_smuggle_text_in() -> None:
    body = canonical(DOCUMENT).decode()
    longer = f"{CONTEXT}\n{body}\n\nand more\n"
    lines = "and more\n\n" + KEY.line(longer)
    with pytest.raises(VerificationError, match="one signature line"):
        verify_document(CONTEXT, {"document": DOCUMENT, "note": lines}, [KEY.verifier])


def test_a_document_does_not_verify_in_another_context() -> None:
    signed = sign_document(CONTEXT, DOCUMENT, KEY)
    for context in ("allod/manifest/v1", "allod/consent/v1"):
        with pytest.raises(VerificationError):
            verify_document(context, signed, [KEY.verifier])
    with pytest.raises(NoteError):
        sign_document("allod/other/v1", DOCUMENT, KEY)


def test_a_document_signed_by_nobody_known_does_not_verify() -> None:
    signed = sign_document(CONTEXT, DOCUMENT, KEY)
    with pytest.raises(VerificationError):
        verify_document(CONTEXT, signed, [OTHER.verifier])


def test_every_refusal_is_one_of_the_houses_errors() -> None:
    assert issubclass(NoteError, AllodError)
