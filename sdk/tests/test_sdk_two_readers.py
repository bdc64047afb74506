"""Whatever is done to a file that left a house, two verifiers say the same of it.

They share no code. The files are those that the program of 0.1.0 made: each sort that a
person can take away. Where both accept what was edited, both have read the same.
"""

import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from allod.proofs import TrustPolicy, VerificationError, _zip
from allod.proofs._files import MisusedError
from allod.proofs._zip import content, read_through
from allod.proofs.verifying import verified
from archives import pack
from forgeries import FORGERIES
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from old_homes import HOMES
from paper_log import Key
from streaming import streamed

from exports import ArchiveError
from exports.container import Container
from kit.errors import AllodError
from ledger.formats.evidence import Evidence, EvidenceError
from ledger.formats.trust_policy import TrustPolicy as TheirPolicy
from server.ops.verification import verify

OUT = HOMES / "0.1.0" / "out"
TEXT = (OUT / "policy.txt").read_bytes()
OURS, THEIRS = TrustPolicy.parse(TEXT), TheirPolicy.parse(TEXT)
ROOTS = OUT / "tsa.pem"
ONE_SPELLING = ["idea.cose", "erasure-evidence.zip", "idea-evidence.zip"]
FILES = [
    *ONE_SPELLING,
    "certificate.json",
    "erased-idea.tlog-proof",
    "export.zip",
    "idea.tlog-proof",
]
MANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def ours(path: Path) -> dict[str, Any] | None:
    try:
        return verified(path, OURS, (), ROOTS)
    except (VerificationError, MisusedError):
        return None


def theirs(path: Path) -> dict[str, Any] | None:
    try:
        return dict(verify(path, THEIRS, ROOTS).facts)
    except AllodError:
        return None


def both(folder: Path, data: bytes) -> bool:
    """Have a file read by both; tells whether it verifies."""
    path = folder / "file"
    path.write_bytes(data)
    first, second = ours(path), theirs(path)
    assert (first is None) == (second is None)
    if first is None or second is None:
        return False
    shared = first.keys() & second.keys() - {"existed_by"}
    assert {name: first[name] for name in shared} == {
        name: second[name] for name in shared
    }
    return True


@pytest.mark.parametrize("name", FILES)
def test_what_left_the_house_verifies_with_both(name: str, tmp_path: Path) -> None:
    assert both(tmp_path, (OUT / name).read_bytes())


@pytest.mark.parametrize("name", FILES)
@given(st.data())
@MANY
def test_an_edit_is_judged_alike(
    name: str, tmp_path: Path, data: st.DataObject
) -> None:
    whole = (OUT / name).read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    new, cut = data.draw(st.binary(max_size=3)), data.draw(st.integers(0, 3))
    edited = whole[:at] + new + whole[at + cut :]
    stands = both(tmp_path, edited)
    if name in ONE_SPELLING:
        assert stands == (edited == whole)


@pytest.mark.parametrize("name", FILES)
@given(more=st.binary(min_size=1, max_size=9))
@example(b"\n")
@example(b" ")
@example(b"\0")
@MANY
def test_bytes_at_either_end_are_refused_or_blanks(
    name: str, tmp_path: Path, more: bytes
) -> None:
    whole = (OUT / name).read_bytes()
    for edited in (whole + more, more + whole):
        if both(tmp_path, edited):
            assert name == "certificate.json"
            assert not more.strip(b" \t\r\n")


@given(at=st.integers(0, 30_000), new=st.binary(max_size=2), cut=st.integers(0, 2))
@MANY
def test_an_archive_that_verifies_is_one_to_every_unzipper(
    tmp_path: Path, at: int, new: bytes, cut: int
) -> None:
    whole = (OUT / "export.zip").read_bytes()
    edited = whole[:at] + new + whole[at + cut :]
    if both(tmp_path, edited):
        with zipfile.ZipFile(io.BytesIO(edited)) as archive:
            listed = {name: archive.read(name) for name in archive.namelist()}
        assert dict(streamed(edited)) == listed
        assert len(streamed(edited)) == len(listed)


@pytest.mark.parametrize("forge", FORGERIES)
def test_an_archive_with_a_byte_more_is_refused_by_both(
    forge: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    whole = (OUT / "export.zip").read_bytes()
    assert forge(whole) != whole
    assert not both(tmp_path, forge(whole))


def test_two_names_that_meet_on_a_disk_are_refused_by_both(tmp_path: Path) -> None:
    for first, second in (("a", "A"), ("a", "a/b"), ("a/b", "A")):
        data = pack([(first, b"1"), (second, b"2")])
        assert not both(tmp_path, data)
        with pytest.raises(VerificationError, match="twice"):
            read_through(io.BytesIO(data))


def test_an_archive_inflates_within_bounds(tmp_path: Path) -> None:
    data = pack({f"f{n}": bytes(1 << 20) for n in range(17)})
    assert not both(tmp_path, data)
    with pytest.raises(VerificationError, match="beyond all measure"):
        read_through(io.BytesIO(data))


@pytest.mark.parametrize("first", [9 << 20, 40 << 20])
@pytest.mark.parametrize("noise", [0, 1 << 18])
def test_both_bound_what_an_archive_inflates_to_alike(first: int, noise: int) -> None:
    data = pack({"zeros": bytes(first), "noise": os.urandom(noise)})
    try:
        with Container.opened(data):
            bounded = False
    except ArchiveError:
        bounded = True
    assert bounded == (first > 1 << 24 and not noise)
    if bounded:
        with pytest.raises(VerificationError, match="beyond all measure"):
            read_through(io.BytesIO(data))
    else:
        assert len(read_through(io.BytesIO(data))) == 2


def test_long_archives_are_read_through_as_they_are_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 900)
    monkeypatch.setattr(_zip, "LONG", 900)
    files = {f"file-{n}": bytes([n]) * 90 for n in range(30)}
    data = io.BytesIO(pack(files))
    found = read_through(data)
    assert {path: content(data, each, most=90) for path, each in found.items()} == files


def test_archives_of_many_files_are_read_through_as_they_are_written() -> None:
    data = pack([(f"f{n}", b"") for n in range(_zip.MANY + 1)])
    assert len(read_through(io.BytesIO(data))) == _zip.MANY + 1


LOG = Key("ledger.example/acme", "allod test log key")
CONSENT = LOG.document(
    "allod/consent/v1", {"@context": {}, "v": 1, "act": "granted", "until": 0}
)
SPELLED = [
    ('"v": 1', '"v": 1.0'),
    ('"v": 1', '"v": 1, "v": 1'),
    ('"until": 0', '"until": -0'),
    ('"until": 0', '"until": 0e5'),
    ('"granted"', '"granted\\u0000"'),
    ('"note"', '"proof": null, "note"'),
    ("\\n", "\\n\\u2014 void AAAAAAAAAAAAAAAA\\n"),
]


@pytest.mark.parametrize(("old", "new"), SPELLED)
def test_a_consent_receipt_has_one_reading(old: str, new: str, tmp_path: Path) -> None:
    whole, file = json.dumps(CONSENT), tmp_path / "consent.json"
    text = f"log {LOG.vkey}\nquorum none\n"
    for said, stands in ((whole, True), (whole.replace(old, new), False)):
        assert stands == (said == whole)
        file.write_text(said)
        judged = []
        for read, error in (
            (
                lambda: verified(file, TrustPolicy.parse(text), (), None),
                VerificationError,
            ),
            (lambda: verify(file, TheirPolicy.parse(text)), AllodError),
        ):
            try:
                read()
            except error:
                judged.append(False)
            else:
                judged.append(True)
        assert judged == [stands, stands]


CERTIFICATE = (OUT / "certificate.json").read_text("utf-8")


def with_line(line: str) -> str:
    signed = json.loads(CERTIFICATE)
    return json.dumps({**signed, "note": signed["note"] + line})


FORGED: list[Callable[[], str]] = [
    lambda: CERTIFICATE.replace('"v": 1', '"v": 1.0'),
    lambda: CERTIFICATE.replace('"v": 1', '"v": 1e0'),
    lambda: CERTIFICATE.replace('"v": 1', '"v": 10E-1'),
    lambda: CERTIFICATE.replace(": 0", ": -0", 1),
    lambda: CERTIFICATE.replace(": 0", ": 0.0", 1),
    lambda: CERTIFICATE.replace(": 0", ": 1e-400", 1),
    lambda: CERTIFICATE.replace('"v": 1', '"v": true'),
    lambda: CERTIFICATE.replace('"v": 1', '"v": 2, "v": 1'),
    lambda: CERTIFICATE.replace('"note"', '"note": "", "note"'),
    lambda: "\N{ZERO WIDTH NO-BREAK SPACE}" + CERTIFICATE,
    lambda: CERTIFICATE + "{}",
    lambda: json.dumps({**json.loads(CERTIFICATE), "more": 1}),
    lambda: json.dumps({**json.loads(CERTIFICATE), "provisional": False}),
    lambda: json.dumps({**json.loads(CERTIFICATE), "proof": 1}),
    lambda: json.dumps({**json.loads(CERTIFICATE), "proof": "old 1"}),
    lambda: json.dumps({**json.loads(CERTIFICATE), "proof": "\ud800"}),
    lambda: with_line("— void AAAAAAAAAAAAAAAA\n"),
    lambda: with_line("\n"),
    lambda: with_line(json.loads(CERTIFICATE)["note"]),
]


@pytest.mark.parametrize("forge", FORGED)
def test_another_spelling_of_what_was_signed_is_refused_by_both(
    forge: Callable[[], str], tmp_path: Path
) -> None:
    assert forge() != CERTIFICATE
    assert not both(tmp_path, forge().encode())


def test_a_certificate_may_say_that_there_is_no_proof_beside_it(
    tmp_path: Path,
) -> None:
    said = {**json.loads(CERTIFICATE), "proof": None}
    assert both(tmp_path, json.dumps(said).encode())


@pytest.mark.parametrize("name", ["erasure-evidence.zip", "idea-evidence.zip"])
def test_what_evidence_tells_its_reader_to_do_is_nobodys_to_change(
    name: str, tmp_path: Path
) -> None:
    whole = (OUT / name).read_bytes()
    evidence = Evidence.parse(whole)
    forged = replace(evidence, about=b"Do not check this.\n").encode()
    assert forged != whole
    assert not both(tmp_path, forged)
    with pytest.raises(EvidenceError):
        Evidence.parse(forged)


@pytest.mark.parametrize("place", range(11))
def test_the_algorithm_that_a_time_stamp_names_is_one_that_both_know(
    place: int, tmp_path: Path
) -> None:
    evidence = Evidence.parse((OUT / "idea-evidence.zip").read_bytes())
    rsa = bytes.fromhex("06092a864886f70d010101")
    at = evidence.token.rindex(rsa) + place
    bent = bytearray(evidence.token)
    bent[at] ^= 4
    assert not both(tmp_path, replace(evidence, token=bytes(bent)).encode())
