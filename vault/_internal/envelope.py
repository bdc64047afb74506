"""The envelope: how a record lies on disk, sealed and bound to its place.

    header(52) = "AV" ‖ version(1) ‖ suite(1) ‖ kid(16) ‖ commitment(32)
    envelope   = header ‖ nonce(12) ‖ ciphertext ‖ tag(16)
    plaintext  = codec(1) ‖ length(4, big endian) ‖ body ‖ zeros up to the bucket
    codec      = 0 raw, 1 JSON, 2 body
    AAD        = "allod/rec/v1", header, subject, collection, record, record_version,
                 part, schema     each as 4-byte length + bytes (kit.framing)
    body       = facts ‖ values as JSON
    facts      = length(4) ‖ retained(1) ‖ retain_until(8) ‖ contributed(1) ‖ words
    words      = framed(framed(*data classes), framed(*parts))

`length` is that of what follows it in the facts; integers are big endian. `retained`
is 1 where the record is kept until an instant (unix seconds, signed), and 0, with
eight zero bytes, where it is kept without limit. The data classes are those of the
record's row, in its order; the parts are the data classes that are sealed apart, sorted
(the main part is always there and not listed). Collection, record, version, part and
schema are bound by the envelope itself.

Final: frozen vectors lie in tests/vectors/envelope.json. Invariants:

- The commitment is compared, in constant time, before anything is decrypted: AES-GCM
  alone does not commit to its key (a ciphertext for two keys is built in the tests).
- An envelope moved to another subject, collection, record, version, part or schema
  does not open. One set back to an older valid version of the same record, with its
  version number, does: `ledger fsck` finds that.
- The length of a body shows on disk only as the number of its buckets.
- A decision is made on what the row says. Opened, the record says it too: a row that
  was edited, a part that was taken away, added or put back does not agree, and nothing
  of the record is given. The facts are compared as bytes, and never parsed.
"""

import hmac
import struct
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache
from hmac import compare_digest
from typing import Final, NoReturn, final

from kit.errors import IntegrityFault
from kit.framing import framed
from kit.ids import ID_BYTES
from vault._internal.aead import NONCE_BYTES, REJECTED, TAG_BYTES, Aead, derive_each

RECORD_INFO: Final = b"allod/rec/v1"
COMMITMENT_INFO: Final = b"allod/commit/v1"
MAP_INFO: Final = b"allod/map/v1"
_INFOS: Final = (COMMITMENT_INFO, RECORD_INFO, MAP_INFO)

# Version 1 of the envelope; suite 1 is AES-256-GCM with a random nonce. By bytes: magic
# 0 to 3, kid 4 to 19, commitment 20 to 51, nonce 52 to 63, then ciphertext and tag.
_MAGIC: Final = b"AV\x01\x01"
KID_FROM: Final = len(_MAGIC)
KID_END: Final = KID_FROM + ID_BYTES
HEADER_BYTES: Final = KID_END + 32
_NONCE_END: Final = HEADER_BYTES + NONCE_BYTES
_PREFIX: Final = struct.Struct(">BI")
_PREFIX_BYTES: Final = _PREFIX.size
MIN_BYTES: Final = _NONCE_END + _PREFIX_BYTES + TAG_BYTES

BUCKET: Final = 256

# Parts of `kit.framing` written out, for a scan frames a million AADs.
_ID_LENGTH: Final = struct.pack(">I", ID_BYTES)
_framed_version: Final = struct.Struct(">IQ").pack
_read_prefix: Final = _PREFIX.unpack_from


class EnvelopeError(IntegrityFault):
    """These bytes are not an envelope, or not the one that belongs here."""


class Codec(IntEnum):
    """What the body of an envelope is."""

    RAW = 0
    JSON = 1
    FACTS = 2


@final
class CustomerKeys:
    """One customer key, derived and ready: what seals and opens their records.

    Derived once and kept for seconds (`vault._internal.keyring`). `header` and
    `aad_prefix` are made here because a scan opens a million records.
    """

    __slots__ = (
        "_map_key",
        "aad_prefix",
        "cipher",
        "decrypt",
        "header",
        "kid",
        "subject",
    )

    def __init__(self, *, subject: bytes, kid: bytes, key: bytes) -> None:
        if len(subject) != ID_BYTES or len(kid) != ID_BYTES:
            raise ValueError("a subject and a kid have 16 bytes each")
        self.subject = subject
        self.kid = kid
        # Three keys out of one, by three labels: the public commitment tells nothing of
        # the key that seals, nor that of the one that names.
        commitment, record_key, self._map_key = derive_each(key, *_INFOS)
        self.header = _MAGIC + kid + commitment
        # With the header in it: neither version, suite nor kid can be changed on the
        # disk.
        self.aad_prefix = framed(RECORD_INFO, self.header, subject)
        self.cipher = Aead(record_key)
        self.decrypt = self.cipher.decrypt

    @property
    def commitment(self) -> bytes:
        """The public commitment to this key (32 bytes); it outlives the key."""
        return self.header[KID_END:]

    def mac(self, *fields: bytes | str | int) -> bytes:
        """Name something so that the name means nothing once the key is gone.

        HMAC-SHA256 over the framed fields: record ids of client ids, opening handles.
        """
        return hmac.digest(self._map_key, framed(*fields), "sha256")

    def __repr__(self) -> str:
        return "CustomerKeys(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not copied or pickled")


@final
class Envelope:
    """The envelopes of one collection, part and schema: the fixed AAD made once."""

    __slots__ = ("_bucket", "_codec", "_head", "_tail")

    def __init__(
        self,
        collection: str,
        *,
        schema: str,
        part: str = "main",
        codec: Codec = Codec.JSON,
        bucket: int = BUCKET,
    ) -> None:
        if bucket < 1:
            raise ValueError("a bucket has at least one byte")
        self._codec = int(codec)
        self._bucket = bucket
        self._head = framed(collection) + _ID_LENGTH
        self._tail = framed(part, schema)

    def seal(
        self, keys: CustomerKeys, record: bytes, version: int, body: bytes
    ) -> bytes:
        """Seal a body as `version` of `record`, under the customer's key."""
        aad = self._aad(keys, record, version)
        plaintext = _PREFIX.pack(self._codec, len(body)) + body
        # Up to the next multiple; nothing where it is one already.
        padding = -len(plaintext) % self._bucket
        return keys.header + keys.cipher.seal(plaintext + bytes(padding), aad)

    def open(
        self, keys: CustomerKeys, record: bytes, version: int, sealed: bytes
    ) -> bytes:
        """Give the body of an envelope that belongs exactly here.

        Raises:
            EnvelopeError: another place, another key, altered or damaged bytes, or a
                body of another codec.

        """
        return self.open_after(b"", keys, record, version, sealed)

    def open_after(
        self,
        said: bytes,
        keys: CustomerKeys,
        record: bytes,
        version: int,
        sealed: bytes,
    ) -> bytes:
        """Give what stands in a body behind `said`, which it must begin with.

        Raises:
            EnvelopeError: as `open`, or the body begins otherwise.

        """
        # Before the cipher is asked: a ciphertext that two keys open has one header.
        if not compare_digest(sealed[:HEADER_BYTES], keys.header):
            kid_of(sealed)
            raise EnvelopeError("the envelope is not sealed under this key")
        try:
            plaintext = keys.decrypt(
                sealed[HEADER_BYTES:_NONCE_END],
                sealed[_NONCE_END:],
                self._aad(keys, record, version),
            )
            # What follows is authenticated; it is checked all the same, for whoever has
            # a key could seal anything under it.
            codec, length = _read_prefix(plaintext)
        except (*REJECTED, struct.error):
            raise EnvelopeError("the envelope does not open here") from None
        end = length + _PREFIX_BYTES
        # All of the padding is zero, so that a body has one plaintext and no second
        # channel.
        if codec != self._codec or plaintext.count(0, end) != len(plaintext) - end:
            raise EnvelopeError("the envelope's content is not framed as it must be")
        begin = len(said) + _PREFIX_BYTES
        if begin > end or not plaintext.startswith(said, _PREFIX_BYTES):
            raise EnvelopeError("the envelope says something else than its row")
        return plaintext[begin:end]

    def _aad(self, keys: CustomerKeys, record: bytes, version: int) -> bytes:
        if len(record) != ID_BYTES:
            raise ValueError("a record's id has 16 bytes")
        # An integer is framed as 8 bytes: its length, then itself.
        framed_version = _framed_version(8, version)
        return keys.aad_prefix + self._head + record + framed_version + self._tail


def kid_of(sealed: bytes) -> bytes:
    """Read which key an envelope names, so that the key can be fetched.

    Raises:
        EnvelopeError: not an envelope of a version and suite known here.

    """
    if len(sealed) < MIN_BYTES or not sealed.startswith(_MAGIC):
        raise EnvelopeError("not an envelope of a known version and suite")
    return sealed[KID_FROM:KID_END]


# No padding with `>`: 1 + 8 + 1 bytes; `q` is signed, for an instant before 1970.
_pack: Final = struct.Struct(">BqB").pack
_FIXED: Final = struct.calcsize(">BqB")
_LENGTH: Final = struct.Struct(">I")


class FactsError(IntegrityFault):
    """What a record says of itself is not what its row says, or is no fact at all."""


def facts(
    classes: tuple[str, ...],
    retain_until: int | None,
    contributed: int,
    parts: tuple[str, ...],
) -> bytes:
    """Write the facts of a record.

    Raises:
        FactsError: the row holds something else than a number in a number's place.

    """
    length, words = around(classes, parts)
    try:
        return length + fixed(retain_until, contributed) + words
    except (struct.error, TypeError):
        raise FactsError("a row's facts cannot be read") from None


def fixed(retain_until: int | None, contributed: int) -> bytes:
    """Write what of the facts differs from record to record of a class."""
    return _pack(retain_until is not None, retain_until or 0, contributed)


@lru_cache(maxsize=4_096)
def around(classes: tuple[str, ...], parts: tuple[str, ...]) -> tuple[bytes, bytes]:
    """Write what stands before and behind that, the same for all of a class."""
    words = framed(framed(*classes), framed(*parts))
    return _LENGTH.pack(_FIXED + len(words)), words


def sealed_parts(names: Sequence[str]) -> tuple[str, ...]:
    """Name the parts beside the main one as the facts list them."""
    return tuple(sorted(names)) if names else ()
