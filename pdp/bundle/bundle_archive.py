"""A bundle as OPA pulls it: a signed archive of the rules and tables, and no more.

OPA reads every `data.json` and `.rego` in an archive, and `data.yaml` too; cases,
tests and the list of built-ins are for people and stay out. The revision is the digest
of the whole folder, so what OPA says it has loaded can be compared with what is active.

OPA takes no Ed25519, so this key is one of its own: ECDSA on P-256 with SHA-256
(ES256, RFC 7518 §3.4), its nonce deterministic (RFC 6979). So the same bundle under
the same key is the same archive, byte for byte. `.signatures.json` holds a JWT over
the hash of each file; of a JSON file OPA hashes the value, with sorted keys.

OPA's configuration must pin one key (`signing.keyid`): one that lists keys and pins
none would look the right one up by the name in the JWT, but it also takes an archive
that nobody signed. So while a key is rotated the archive is to be had under either.
"""

import base64
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any, Final, final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kit.secret import Secret
from pdp.bundle.bundle import MANIFEST, TABLES, Bundle

MEDIA_TYPE: Final = "application/gzip"
SIGNATURES: Final = ".signatures.json"
SCOPE: Final = "allod/bundle/v1"
"""What the key signs; OPA's configuration names it, so a signature has one use."""

_SEED_BYTES, _HALF = 32, 32
_KEY_ID_DIGITS = 16  # a name and no proof: OPA verifies with the key it was given
# FIPS 186-5 A.2.1: 64 bits more than the order, so that no key is likelier.
_WIDE_BYTES = 40
# Of the curve P-256 (FIPS 186-5, NIST SP 800-186, 3.2.1.3).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ESCAPED_BY_GO = {0x2028: "\\u2028", 0x2029: "\\u2029"}
_ES256 = ec.ECDSA(SHA256(), deterministic_signing=True)


@final
class BundleSigner:
    """The key that OPA knows this vault's bundles by."""

    __slots__ = ("_key",)

    def __init__(self, seed: Secret) -> None:
        if len(seed.reveal()) != _SEED_BYTES:
            raise ValueError("the seed of a bundle key has 32 bytes")
        wide = HKDF(SHA256(), _WIDE_BYTES, salt=None, info=SCOPE.encode())
        number = int.from_bytes(wide.derive(seed.reveal()))
        self._key = ec.derive_private_key(1 + number % (_ORDER - 1), ec.SECP256R1())

    @property
    def public_pem(self) -> str:
        """The key that OPA's configuration is given."""
        pem = self._key.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        return pem.decode()

    @property
    def key_id(self) -> str:
        """The key's name in OPA's configuration: a part of its fingerprint."""
        der = self._key.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        return "allod-" + hashlib.sha256(der).hexdigest()[:_KEY_ID_DIGITS]

    def token(self, claims: Mapping[str, Any]) -> str:
        """Sign claims as a JWT (RFC 7515, compact)."""
        header = {"alg": "ES256", "typ": "JWT", "kid": self.key_id}
        signed = f"{_encoded(_json(header))}.{_encoded(_json(claims))}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), _ES256))
        return f"{signed}.{_encoded(r.to_bytes(_HALF) + s.to_bytes(_HALF))}"

    def __repr__(self) -> str:
        return "BundleSigner(***)"


def archive(bundle: Bundle, signer: BundleSigner) -> bytes:
    """Pack and sign what OPA needs of a bundle."""
    manifest = {
        "revision": bundle.digest,
        "rego_version": bundle.manifest.get("rego_version", 1),
        "roots": bundle.manifest["roots"],
    }
    files = {
        **{path: text.encode() for path, text in bundle.modules.items()},
        MANIFEST: _json(manifest),
        TABLES: _json(bundle.tables),
    }
    claims = {"files": _hashes(files), "scope": SCOPE, "keyid": signer.key_id}
    signatures = {"signatures": [signer.token(claims)]}
    return _packed({**files, SIGNATURES: _json(signatures)})


def _hashes(files: Mapping[str, bytes]) -> list[dict[str, str]]:
    return [
        {
            "name": path,
            "hash": hashlib.sha256(files[path]).hexdigest(),
            "algorithm": "SHA-256",
        }
        for path in sorted(files)
    ]


def _packed(files: Mapping[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(files):
            entry = tarfile.TarInfo(path)
            entry.size = len(files[path])
            tar.addfile(entry, io.BytesIO(files[path]))
    return gzip.compress(plain.getvalue(), mtime=0)


def _json(value: object) -> bytes:
    """Write JSON as OPA writes it before it hashes: sorted, tight, in UTF-8.

    The two line separators of Unicode are the one thing that Go escapes beyond that.
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.translate(_ESCAPED_BY_GO).encode()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
