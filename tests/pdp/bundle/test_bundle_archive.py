import base64
import gzip
import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
from bundles import changed, shipped
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from opa_servers import SCOPE, SIGNER, pulling, running, serving, settled

from kit.secret import Secret
from pdp.bundle.bundle_archive import BundleSigner, archive
from pdp.engines.opa import OpaAddress, OpaEngine

OTHER = BundleSigner(Secret(b"\x08" * 32))
NAME, OTHER_NAME = SIGNER.key_id, OTHER.key_id
KNOWN = {NAME: SIGNER}
BOTH = {NAME: SIGNER, OTHER_NAME: OTHER}


def unpacked(packed: bytes) -> dict[str, bytes]:
    found = {}
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as tar:
        for entry in tar:
            file = tar.extractfile(entry)
            assert file is not None
            found[entry.name] = file.read()
    return found


def packed(files: dict[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for path, data in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return gzip.compress(plain.getvalue())


def claims_of(files: dict[str, bytes]) -> dict[str, Any]:
    [token] = json.loads(files[".signatures.json"])["signatures"]
    claims: dict[str, Any] = json.loads(decoded(token.split(".")[1]))
    return claims


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


FILES = unpacked(archive(shipped(), SIGNER))


def test_it_holds_the_rules_the_tables_the_manifest_and_nothing_for_people() -> None:
    expected = {*shipped().modules, "tables/data.json", ".manifest", ".signatures.json"}

    assert FILES.keys() == expected


def test_the_rules_are_the_very_bytes_that_legal_signed_off() -> None:
    for path, text in shipped().modules.items():
        assert FILES[path].decode() == text
    assert json.loads(FILES["tables/data.json"]) == shipped().tables


def test_its_revision_is_the_digest_of_the_whole_folder() -> None:
    manifest = json.loads(FILES[".manifest"])

    assert manifest["revision"] == shipped().digest
    assert manifest["roots"] == ["allod", "tables"]
    assert manifest["rego_version"] == 1


def test_every_file_but_the_signatures_is_signed_for() -> None:
    claims = claims_of(FILES)

    assert {each["name"] for each in claims["files"]} == FILES.keys() - {
        ".signatures.json"
    }
    assert (claims["scope"], claims["keyid"]) == (SCOPE, SIGNER.key_id)


def test_the_signature_is_es256_by_the_public_key() -> None:
    [token] = json.loads(FILES[".signatures.json"])["signatures"]
    head, body, signature = token.split(".")
    key = load_pem_public_key(SIGNER.public_pem.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    pair = decoded(signature)
    r, s = int.from_bytes(pair[:32]), int.from_bytes(pair[32:])

    header = {"alg": "ES256", "kid": SIGNER.key_id, "typ": "JWT"}
    assert json.loads(decoded(head)) == header
    assert len(pair) == 64
    signed = f"{head}.{body}".encode()
    key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))


def test_the_same_bundle_under_the_same_key_is_the_same_archive() -> None:
    again = BundleSigner(Secret(b"\x07" * 32))

    assert archive(shipped(), SIGNER) == archive(shipped(), again)
    assert archive(shipped(), SIGNER) != archive(shipped(), OTHER)


def test_the_key_is_not_printed() -> None:
    assert repr(SIGNER) == "BundleSigner(***)"


def test_a_seed_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        BundleSigner(Secret(b"\x07" * 31))


def revision_of(url: str) -> str:
    engine = OpaEngine(OpaAddress.parse(url))
    try:
        return engine.revision()
    finally:
        engine.close()


def loads(
    data: bytes, folder: Path, keys: dict[str, BundleSigner] = KNOWN, pinned: str = NAME
) -> bool:
    """Tell whether a real OPA takes an archive."""
    file = folder / "bundle.tar.gz"
    file.write_bytes(data)
    config = pulling(file.as_uri(), SIGNER)
    config["bundles"]["allod"]["signing"]["keyid"] = pinned
    config["keys"] = {
        name: {"algorithm": "ES256", "key": signer.public_pem}
        for name, signer in keys.items()
    }
    with running(config, folder) as url:
        settled(url, folder / "opa.log")
    log = (folder / "opa.log").read_text()
    return "Bundle loaded and activated" in log


def test_a_real_opa_verifies_it_and_says_its_revision(tmp_path: Path) -> None:
    with serving(shipped(), tmp_path) as url:
        assert revision_of(url) == shipped().digest


def test_a_real_opa_verifies_tables_in_any_script(tmp_path: Path) -> None:
    odd = '"title": "Ünïcode 永久 \U0001f512 <&> \\u2028\\u2029 \\u0001\\u007f \\"'
    bundle = changed("tables/data.json", '"title": "', odd[:-2])
    with serving(bundle, tmp_path) as url:
        assert revision_of(url) == bundle.digest


def test_a_real_opa_takes_the_same_files_packed_by_another_hand(tmp_path: Path) -> None:
    assert loads(packed(FILES), tmp_path)


def test_a_key_is_named_by_its_fingerprint() -> None:
    assert SIGNER.key_id == BundleSigner(Secret(b"\x07" * 32)).key_id
    assert re.fullmatch("allod-[0-9a-f]{16}", SIGNER.key_id)
    assert OTHER.key_id != SIGNER.key_id


def test_a_real_opa_takes_the_key_that_it_is_pinned_to_and_no_other(
    tmp_path: Path,
) -> None:
    other = archive(shipped(), OTHER)

    assert loads(other, tmp_path, BOTH, pinned=OTHER_NAME)
    assert not loads(other, tmp_path, BOTH, pinned=NAME)
    assert not loads(other, tmp_path)


def test_a_real_opa_refuses_another_key_under_a_known_name(tmp_path: Path) -> None:
    other = archive(shipped(), OTHER)

    assert not loads(other, tmp_path, {OTHER_NAME: SIGNER}, pinned=OTHER_NAME)


def test_a_real_opa_may_call_the_key_by_a_name_of_its_own(tmp_path: Path) -> None:
    signed = archive(shipped(), SIGNER)

    assert loads(signed, tmp_path, {"allod": SIGNER}, pinned="allod")


def test_a_real_opa_that_is_pinned_to_no_key_takes_what_nobody_signed(
    tmp_path: Path,
) -> None:
    """The trap for which our configuration pins a key, and `allod doctor` looks."""
    files = {path: FILES[path] for path in FILES if path != ".signatures.json"}

    assert loads(archive(shipped(), OTHER), tmp_path, BOTH, pinned="")
    assert loads(packed(files), tmp_path, BOTH, pinned="")
    assert not loads(packed(files), tmp_path, BOTH)


def test_a_real_opa_refuses_a_file_that_was_changed(tmp_path: Path) -> None:
    consent = FILES["legal/consent.rego"] + b"\n"

    assert not loads(packed({**FILES, "legal/consent.rego": consent}), tmp_path)


def test_a_real_opa_refuses_tables_that_were_changed(tmp_path: Path) -> None:
    tables = FILES["tables/data.json"].replace(b'"last4"', b'"clear"')

    assert not loads(packed({**FILES, "tables/data.json": tables}), tmp_path)


def test_a_real_opa_refuses_a_file_that_was_added(tmp_path: Path) -> None:
    added = {"legal/more.rego": b"package allod.legal.more\n"}

    assert not loads(packed({**FILES, **added}), tmp_path)


def test_a_real_opa_refuses_an_archive_without_signatures(tmp_path: Path) -> None:
    files = {path: FILES[path] for path in FILES if path != ".signatures.json"}

    assert not loads(packed(files), tmp_path)
