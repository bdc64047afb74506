"""The path from who stamped to a known root: each way in which it may not lead."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

import pytest
from allod.proofs._tsa_certificates import MAX_LENGTH, _check_chain
from allod.proofs.errors import VerificationError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
STAMPING, CODE = ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")


@dataclass
class Holder:
    """Somebody with a key and a certificate, which may be wrong in one way."""

    name: str
    by: "Holder | None" = None
    ca: bool = True
    path_length: int | None = None
    signs_certificates: bool = True
    purposes: tuple[x509.ObjectIdentifier, ...] = ()
    unknown: bool = False
    within: str = ""
    days: int = 30
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @cached_property
    def certificate(self) -> x509.Certificate:
        by = self.by or self
        usage = dict.fromkeys(
            (
                *("content_commitment", "key_encipherment", "data_encipherment"),
                *("key_agreement", "crl_sign", "encipher_only", "decipher_only"),
            ),
            False,
        )
        built = (
            x509.CertificateBuilder()
            .subject_name(named(self.name))
            .issuer_name(named(by.name))
            .public_key(self.key.public_key())
            .serial_number(7)
            .not_valid_before(AT - timedelta(days=40))
            .not_valid_after(AT - timedelta(days=30) + timedelta(days=2 * self.days))
            .add_extension(
                x509.BasicConstraints(self.ca, self.path_length), critical=True
            )
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    key_cert_sign=self.ca and self.signs_certificates,
                    **usage,
                ),
                critical=True,
            )
        )
        if self.purposes:
            purposes = x509.ExtendedKeyUsage(self.purposes)
            built = built.add_extension(purposes, critical=not self.ca)
        if self.within:
            within = [x509.DirectoryName(named(self.within))]
            names = x509.NameConstraints(within, None)
            built = built.add_extension(names, critical=True)
        if self.unknown:
            built = built.add_extension(UNKNOWN, critical=True)
        return built.sign(by.key, hashes.SHA256())


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def leads(root: Holder, *between: Holder, leaf: Holder | None = None) -> None:
    last = leaf or Holder("tsa", (between or (root,))[-1], False, purposes=(STAMPING,))
    others = [each.certificate for each in between]
    _check_chain(last.certificate, others, [root.certificate], AT)


ROOT = Holder("root")


def test_a_path_leads_to_its_root_however_many_are_between() -> None:
    middle = Holder("middle", ROOT)
    leads(ROOT)
    leads(ROOT, middle)
    leads(ROOT, middle, Holder("lower", middle, purposes=(STAMPING,)))


def test_a_certificate_that_is_trusted_by_name_needs_no_path() -> None:
    own = Holder("own", ca=False, purposes=(STAMPING,))
    leads(own, leaf=own)


def test_one_that_is_trusted_by_name_has_to_be_understood_all_the_same() -> None:
    own = Holder("own", ca=False, purposes=(STAMPING,), unknown=True)
    with pytest.raises(VerificationError, match="known root"):
        leads(own, leaf=own)


def test_a_root_that_had_ended_when_it_stamped_is_the_end_of_no_path() -> None:
    with pytest.raises(VerificationError, match="known root"):
        leads(Holder("root", days=10))


@pytest.mark.parametrize(
    "middle",
    [
        Holder("middle", ROOT, ca=False),
        Holder("middle", ROOT, signs_certificates=False),
        Holder("middle", ROOT, purposes=(CODE,)),
        Holder("middle", ROOT, unknown=True),
        Holder("middle", ROOT, within="elsewhere"),
        Holder("middle", ROOT, days=10),
        Holder("middle", Holder("root")),
        Holder("middle", Holder("another root")),
    ],
    ids=[
        *("no authority", "may not sign certificates", "for other purposes"),
        *("an unknown critical extension", "for other names", "expired"),
        "signed by a namesake",
        "of another root",
    ],
)
def test_one_that_may_not_issue_breaks_the_path(middle: Holder) -> None:
    with pytest.raises(VerificationError, match="known root"):
        leads(ROOT, middle)


def test_a_root_says_how_many_may_stand_below_it() -> None:
    root = Holder("root", path_length=0)
    leads(root)
    with pytest.raises(VerificationError, match="known root"):
        leads(root, Holder("middle", root))


def test_an_unknown_critical_extension_of_the_leaf_is_refused() -> None:
    leaf = Holder("tsa", ROOT, ca=False, purposes=(STAMPING,), unknown=True)
    with pytest.raises(VerificationError, match="known root"):
        leads(ROOT, leaf=leaf)


def test_a_path_has_an_end() -> None:
    long = [ROOT]
    for number in range(MAX_LENGTH + 1):
        long.append(Holder(f"middle {number}", long[-1]))
    with pytest.raises(VerificationError, match="known root"):
        leads(*long)
