"""Trust policies: which signatures make a checkpoint good."""

import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from ledgers import ORIGIN, seed, signer

from ledger.formats.checkpoint import Checkpoint
from ledger.formats.encoding import encode64
from ledger.formats.note import sign
from ledger.formats.signing import COSIGNATURE, Verifier
from ledger.formats.trust_policy import PolicyError, TrustPolicy

KEY, OTHER = signer(), signer(text="another key")
TEXT = Checkpoint(ORIGIN, 5, bytes(32)).encode()
NOTE = sign(TEXT, [KEY])


class Witness:
    """A witness as C2SP tlog-cosignature describes it; the product has none yet."""

    def __init__(self, number: int) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(seed(f"w{number}").reveal())
        public = self.key.public_key().public_bytes_raw()
        self.verifier = Verifier(f"witness.example/w{number}", public, COSIGNATURE)

    def line(self, text: str, time: int = 1_767_225_600) -> str:
        message = f"cosignature/v1\ntime {time}\n{text}".encode()
        data = struct.pack(">Q", time) + self.key.sign(message)
        signature = encode64(self.verifier.key_id + data)
        return f"— {self.verifier.name} {signature}\n"


WITNESSES = [Witness(number) for number in range(4)]


def policy(rule: str, count: int = 4) -> TrustPolicy:
    lines = [f"log {KEY.verifier.vkey} https://ledger.example/acme"]
    lines += [f"witness w{n} {WITNESSES[n].verifier.vkey}" for n in range(count)]
    return TrustPolicy.parse("\n".join([*lines, rule, ""]))


def cosigned(*numbers: int) -> str:
    return NOTE + "".join(WITNESSES[number].line(TEXT) for number in numbers)


def test_a_policy_without_witnesses_trusts_the_log_alone() -> None:
    accepted = TrustPolicy((KEY.verifier,)).accept(NOTE)
    assert (accepted.checkpoint.size, dict(accepted.witnessed)) == (5, {})


@pytest.mark.parametrize(
    ("rule", "enough", "too_few"),
    [
        ("quorum w1", [(1,), (0, 1)], [(), (0,)]),
        ("group g any w0 w1\nquorum g", [(0,), (1,)], [(), (2,)]),
        ("group g all w0 w1\nquorum g", [(0, 1)], [(0,), (1, 2)]),
        ("group g 2 w0 w1 w2\nquorum g", [(0, 2), (0, 1, 2)], [(0,), (0, 3)]),
        (
            "group a 2 w0 w1 w2\ngroup b any w3\ngroup c all a b\nquorum c",
            [(0, 1, 3)],
            [(0, 3), (0, 1, 2)],
        ),
    ],
)
def test_a_quorum_decides(
    rule: str, enough: list[tuple[int, ...]], too_few: list[tuple[int, ...]]
) -> None:
    trusted = policy(rule)
    for numbers in enough:
        accepted = trusted.accept(cosigned(*numbers))
        assert set(accepted.witnessed) == {f"w{number}" for number in numbers}
        assert set(accepted.witnessed.values()) == {1_767_225_600}
    for numbers in too_few:
        with pytest.raises(PolicyError):
            trusted.accept(cosigned(*numbers))


def test_a_witness_alone_makes_no_checkpoint_good() -> None:
    with pytest.raises(PolicyError):
        policy("quorum w0").accept(TEXT + "\n" + WITNESSES[0].line(TEXT))


def test_a_witness_of_another_text_is_a_forgery() -> None:
    with pytest.raises(PolicyError):
        policy("quorum none").accept(NOTE + WITNESSES[0].line("other\n"))


def test_a_log_signs_for_its_own_origin_only() -> None:
    stranger = signer("other.example/log", "x")
    both = TrustPolicy((KEY.verifier, stranger.verifier))
    with pytest.raises(PolicyError):
        both.accept(sign(TEXT, [stranger]))


def test_after_a_rotation_both_keys_of_a_log_are_trusted() -> None:
    both = TrustPolicy((KEY.verifier, OTHER.verifier))
    for signers in ([KEY], [OTHER], [KEY, OTHER]):
        assert both.accept(sign(TEXT, signers)).checkpoint.origin == ORIGIN


def test_what_is_signed_must_be_a_checkpoint() -> None:
    with pytest.raises(PolicyError):
        TrustPolicy((KEY.verifier,)).accept(sign("some other text\n", [KEY]))


def test_a_policy_reads_back() -> None:
    trusted = policy("group a 2 w0 w1\ngroup b any a w2\nquorum b")
    assert TrustPolicy.parse(trusted.encode()) == trusted


def test_blank_lines_comments_and_tabs_are_allowed() -> None:
    text = f"\n# who we trust\n\t log\t{KEY.verifier.vkey}  \n  quorum none"
    assert TrustPolicy.parse(text).logs == (KEY.verifier,)


def test_names_are_opaque_octets() -> None:
    key = WITNESSES[0].verifier.vkey.encode()
    trusted = TrustPolicy.parse(b"witness \xff " + key + b"\nquorum \xff\n")
    assert TrustPolicy.parse(trusted.encode()) == trusted


LOG = f"log {KEY.verifier.vkey}\n"
W0 = f"witness w0 {WITNESSES[0].verifier.vkey}\n"
W1 = f"witness w1 {WITNESSES[1].verifier.vkey}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        LOG,
        LOG + LOG + "quorum none\n",
        LOG + "quorum none\nquorum none\n",
        LOG + "quorum w0\n",
        LOG + "quorum\n",
        LOG + "quorum w0\n" + W0,
        LOG + "log\nquorum none\n",
        LOG + "log name+00000000+AAAA\nquorum none\n",
        f"log {WITNESSES[0].verifier.vkey}\nquorum none\n",
        f"witness w0 {KEY.verifier.vkey}\nquorum none\n",
        W0 + W0 + "quorum none\n",
        W0 + W0.replace("w0", "w1", 1) + "quorum none\n",
        W0.replace("w0", "none", 1) + "quorum none\n",
        W0 + W1 + "group g 0 w0 w1\nquorum g\n",
        W0 + W1 + "group g 3 w0 w1\nquorum g\n",
        W0 + W1 + "group g 01 w0 w1\nquorum g\n",
        W0 + W1 + "group g most w0 w1\nquorum g\n",
        W0 + W1 + "group g any\nquorum g\n",
        W0 + W1 + "group g any w0 w0\nquorum g\n",
        W0 + W1 + "group g any w0\ngroup h any w0 w1\nquorum h\n",
        W0 + W1 + "group g any h\ngroup h any w0\nquorum g\n",
        W0 + W1 + "group g any none\nquorum g\n",
        W0 + W1 + "group w0 any w1\nquorum w0\n",
        W0 + W1 + "group g any g\nquorum g\n",
        "quorum none\x00\n",
        "quorum none\r\r\n",
        "quorum\rnone\n",
        "\ufeff\ufeffquorum none\n",
        "# " + "x" * 70_000 + "\nquorum none\n",
        "\ud800quorum none\n",
    ],
)
def test_a_policy_that_could_be_misread_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        TrustPolicy.parse(text)


def test_a_bad_line_is_named_by_its_number() -> None:
    with pytest.raises(PolicyError, match="line 2"):
        TrustPolicy.parse(LOG + "witness w0\nquorum none\n")


@given(data=st.one_of(st.binary(), st.text()))
def test_anything_at_all_is_refused_with_one_error(data: bytes | str) -> None:
    with pytest.raises(PolicyError):
        TrustPolicy.parse(data)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_policy_that_was_saved_on_windows_is_the_same(mark: str) -> None:
    plain = policy("group g any w0 w1\nquorum g").encode()
    assert TrustPolicy.parse(mark + plain.replace("\n", "\r\n")).encode() == plain
