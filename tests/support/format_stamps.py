"""Questions about evidence of when: of 0.1.0's, and by authorities who may be wrong.

An authority's signature is over whatever it says, in whatever form; so what is left to
refuse it is the form. Keys and signatures are drawn anew each time.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any, Final

from cms_tokens import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNING_CERTIFICATE,
    Maker,
    der,
    integer,
    octets,
    oid,
    sequence,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from format_judges import Question
from format_mutations import mutated
from old_homes import HOMES
from one_verifier import read_evidence

OUT: Final = HOMES / "0.1.0-v1" / "out"
EVIDENCE: Final = ("idea-evidence.zip", "erasure-evidence.zip")

_STAMPING, _CODE = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING
_AUTHORITIES: Final[tuple[Mapping[str, Any], ...]] = (
    *({}, {}, {}, {}, {"eku": None}, {"critical": False}, {"eku": (_CODE,)}),
    *(
        {"eku": (_STAMPING, _CODE)},
        {"root_is_authority": False},
        {"leaf_signs_for": True},
    ),
)
_TIMES: Final = (
    *("20261122120000Z", "20261122120000.5Z", "20261122120000.50Z", "202611221200Z"),
    *(
        "20261322120000Z",
        "20261122240000Z",
        "20261122120060Z",
        "20261122120000.123456Z",
    ),
    *(
        "20261122120000.1234567Z",
        "20261122120000",
        "20261122120000+0000",
        "20280101000000Z",
    ),
    *(
        "20261122120000,5Z",
        "20261122120000.Z",
        "20200101000000Z",
        "2026112212000\u0660Z",
    ),
)
_EXTRAS: Final = (
    *(
        b"",
        der(0x30),
        der(0x30, integer(1)),
        der(0x30, integer(86400)),
        der(0x01, b"\xff"),
    ),
    *(der(0x30, integer(86401)), der(0x30, der(0x80, b"\1"), der(0x81, b"\3\xe7"))),
    *(der(0x30, der(0x81, b"\1"), der(0x80, b"\1")), der(0x30, der(0x80, b"\3\xe8"))),
    *(der(0x01, b"\1"), der(0x01, b"\0"), integer(7), b"\x02\x02\0\1", b"\x02\x00"),
    *(der(0xA0, octets(b"")), der(0xA1, sequence(oid("1.2.3"), octets(b"")))),
    *(
        der(0xA1, sequence(oid("1.2.3"), der(0x01, b"\xff"), octets(b""))),
        b"\x30\x81\x00",
    ),
    *(
        der(0xA1, octets(b"")),
        integer(1) + integer(1),
        der(0x30, b"\x02\x01\xff"),
        b"\x30\x80\0\0",
    ),
)
_ATTRIBUTES: Final[tuple[Mapping[str, tuple[bytes, ...]], ...]] = (
    *({}, {}, {}, {CONTENT_TYPE: ()}, {MESSAGE_DIGEST: ()}, {SIGNING_CERTIFICATE: ()}),
    *({"1.2.3": ()}, {"1.2.3": (octets(b""),)}, {"1.2.3": (octets(b""), octets(b"1"))}),
    {MESSAGE_DIGEST: (octets(bytes(32)), octets(bytes(31)))},
    {SIGNING_CERTIFICATE: (sequence(sequence(sequence(octets(bytes(32))))),)},
)


def evidence(rng: Random) -> Question:
    """Ask about evidence that the program of 0.1.0 made, changed."""
    data = (OUT / rng.choice(EVIDENCE)).read_bytes()
    found = read_evidence(data)
    name = rng.choice(("checkpoint", "policy", "receipt", "token", "token", "chain"))
    match rng.randrange(4):
        case 0:
            return dated(mutated(rng, data))
        case 1 if found.certificate:
            name = "certificate"
    changed = mutated(rng, getattr(found, name))
    return dated(replace(found, **{name: changed}).encode())


def stamped(rng: Random) -> Question:
    """Have an authority stamp, in some form, what the house of 0.1.0 had signed."""
    found = read_evidence((OUT / EVIDENCE[0]).read_bytes())
    maker = _authority(rng.randrange(len(_AUTHORITIES)))
    said: dict[str, Any] = {"attributes": dict(rng.choice(_ATTRIBUTES))}
    if rng.random() < 0.3:
        said["at"] = rng.choice(_TIMES)
    if rng.random() < 0.6:
        said["extra"] = b"".join(rng.choices(_EXTRAS, k=rng.randint(1, 2)))
    if rng.random() < 0.2:
        said |= rng.choice(
            (
                {"status": 1},
                {"version": 2},
                {"nonce": 0},
                {"nonce": 9},
                {"token": False},
            )
        )
    token = maker.answer(found.checkpoint.decode(), **said)
    if rng.random() < 0.1:
        token = mutated(rng, token)
    data = replace(found, token=token).encode()
    return replace(dated(data, maker.chain), sort="time stamp")


def true_stamp() -> Question:
    """Ask about evidence with an honest authority's stamp."""
    found = read_evidence((OUT / EVIDENCE[0]).read_bytes())
    maker = _authority(0)
    token = maker.answer(found.checkpoint.decode())
    data = replace(found, token=token).encode()
    return replace(dated(data, maker.chain), sort="time stamp")


@cache
def _authority(number: int) -> Maker:
    return Maker(**_AUTHORITIES[number])


def dated(data: bytes, roots: bytes | None = None) -> Question:
    """Ask about evidence of the house of 0.1.0, by its log and an authority."""
    policy, own = ((OUT / name).read_bytes() for name in ("policy.txt", "tsa.pem"))
    files = {"data": data, "policy": policy, "roots": roots or own}
    return Question("evidence of when", files)
