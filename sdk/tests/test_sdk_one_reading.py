"""Whatever is done to a file that left a house, it has one reading or is refused.

The files are those that the program of 0.1.0 made: each sort that a person can take
away. What verifies although it was edited says what it said before.
"""

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allod.proofs import TrustPolicy, VerificationError, _zip
from allod.proofs._files import MisusedError
from allod.proofs._zip import content, read_through
from allod.proofs.time_evidence import _packed, _unpacked
from allod.proofs.verifying import verified
from archives import pack
from forgeries import FORGERIES
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from old_homes import HOMES
from paper_log import Key
from streaming import streamed

OUT = HOMES / "0.1.0-v1" / "out"
TEXT = (OUT / "policy.txt").read_bytes()
POLICY = TrustPolicy.parse(TEXT)
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


def shown(folder: Path, data: bytes) -> dict[str, Any] | None:
    path = folder / "file"
    path.write_bytes(data)
    try:
        return verified(path, POLICY, (), ROOTS)
    except (VerificationError, MisusedError):
        return None


def stands(folder: Path, data: bytes) -> bool:
    """Tell whether a file verifies."""
    return shown(folder, data) is not None


@pytest.mark.parametrize("name", FILES)
def test_what_left_the_house_verifies(name: str, tmp_path: Path) -> None:
    assert stands(tmp_path, (OUT / name).read_bytes())


@pytest.mark.parametrize("name", FILES)
@given(st.data())
@MANY
def test_what_verifies_though_it_was_edited_says_the_same(
    name: str, tmp_path: Path, data: st.DataObject
) -> None:
    whole = (OUT / name).read_bytes()
    at = data.draw(st.integers(0, len(whole)))
    new, cut = data.draw(st.binary(max_size=3)), data.draw(st.integers(0, 3))
    edited = whole[:at] + new + whole[at + cut :]
    found = shown(tmp_path, edited)
    assert found in (None, shown(tmp_path, whole))
    if name in ONE_SPELLING:
        assert (found is not None) == (edited == whole)


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
        if stands(tmp_path, edited):
            assert name == "certificate.json"
            assert not more.strip(b" \t\r\n")


@given(at=st.integers(0, 30_000), new=st.binary(max_size=2), cut=st.integers(0, 2))
@MANY
def test_an_archive_that_verifies_is_one_to_every_unzipper(
    tmp_path: Path, at: int, new: bytes, cut: int
) -> None:
    whole = (OUT / "export.zip").read_bytes()
    edited = whole[:at] + new + whole[at + cut :]
    if stands(tmp_path, edited):
        with zipfile.ZipFile(io.BytesIO(edited)) as archive:
            listed = {name: archive.read(name) for name in archive.namelist()}
        assert dict(streamed(edited)) == listed
        assert len(streamed(edited)) == len(listed)


@pytest.mark.parametrize("forge", FORGERIES)
def test_an_archive_with_a_byte_more_is_refused(
    forge: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    whole = (OUT / "export.zip").read_bytes()
    assert forge(whole) != whole
    assert not stands(tmp_path, forge(whole))


def test_two_names_that_meet_on_a_disk_are_refused_by_stands(tmp_path: Path) -> None:
    for first, second in (("a", "A"), ("a", "a/b"), ("a/b", "A")):
        data = pack([(first, b"1"), (second, b"2")])
        assert not stands(tmp_path, data)
        with pytest.raises(VerificationError, match="twice"):
            read_through(io.BytesIO(data))


def test_an_archive_inflates_within_bounds(tmp_path: Path) -> None:
    data = pack({f"f{n}": bytes(1 << 20) for n in range(17)})
    assert not stands(tmp_path, data)
    with pytest.raises(VerificationError, match="beyond all measure"):
        read_through(io.BytesIO(data))


@pytest.mark.parametrize("first", [9 << 20, 40 << 20])
@pytest.mark.parametrize("noise", [0, 1 << 18])
def test_what_an_archive_inflates_to_is_bounded(first: int, noise: int) -> None:
    data = pack({"zeros": bytes(first), "noise": os.urandom(noise)})
    if first > 1 << 24 and not noise:
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
    assert b"PK\6\6" in data.getvalue()
    assert dict(streamed(data.getvalue())) == files


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
    policy = TrustPolicy.parse(f"log {LOG.vkey}\nquorum none\n")
    file.write_text(whole)
    assert verified(file, policy)["is"] == "consent receipt"
    assert whole.replace(old, new) != whole
    file.write_text(whole.replace(old, new))
    with pytest.raises(VerificationError):
        verified(file, policy)


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
def test_another_spelling_of_what_was_signed_is_refused(
    forge: Callable[[], str], tmp_path: Path
) -> None:
    assert forge() != CERTIFICATE
    assert not stands(tmp_path, forge().encode())


def test_a_certificate_may_say_that_there_is_no_proof_beside_it(
    tmp_path: Path,
) -> None:
    said = {**json.loads(CERTIFICATE), "proof": None}
    assert stands(tmp_path, json.dumps(said).encode())


@pytest.mark.parametrize("name", ["erasure-evidence.zip", "idea-evidence.zip"])
def test_what_evidence_tells_its_reader_to_do_is_nobodys_to_change(
    name: str, tmp_path: Path
) -> None:
    whole = (OUT / name).read_bytes()
    files = {**_unpacked(whole), "EVIDENCE.txt": b"Do not check this.\n"}
    assert _packed(_unpacked(whole)) == whole
    assert not stands(tmp_path, _packed(files))


@pytest.mark.parametrize("place", range(11))
def test_the_algorithm_that_a_time_stamp_names_is_one_that_is_known(
    place: int, tmp_path: Path
) -> None:
    files = _unpacked((OUT / "idea-evidence.zip").read_bytes())
    token = files["timestamp.tsr"]
    rsa = bytes.fromhex("06092a864886f70d010101")
    at = token.rindex(rsa) + place
    bent = bytearray(token)
    bent[at] ^= 4
    assert not stands(tmp_path, _packed({**files, "timestamp.tsr": bytes(bent)}))
