"""Signed notes and trust policies, as the verifier reads them."""

import base64

import pytest
from allod.proofs import TrustPolicy, VerificationError, Verifier, open_note
from cryptography.exceptions import UnsupportedAlgorithm
from hypothesis import given
from hypothesis import strategies as st
from paper_log import Key, a_log

# The example of C2SP signed-note, then that of the Go module that began it.
PUBLISHED = {
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k": (
        "This is an example message.\n\n"
        "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ER"
        "YNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
    ),
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW": (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ"
        "SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    ),
}
LOG = Key("ledger.example/acme", "allod test log key")
WITNESS = Key("witness.example/w1", "allod test witness key", kind=4)
OTHER = Key("witness.example/w2", "another witness", kind=4)


def note(text: str, *keys: Key) -> str:
    return f"{text}\n" + "".join(key.line(text) for key in keys)


def test_keys_are_those_of_the_worked_example() -> None:
    expected = (
        "ledger.example/acme+29f83e12+AdQo9qK0N0yGTTCu4HAyOSF1gLLhKyVM+fpGB78zLHXC"
    )
    assert LOG.vkey == expected
    assert Verifier.parse(expected).public == LOG.public
    assert Verifier.parse(WITNESS.vkey).key_id.hex() == "da2a0756"


def test_a_signed_text_may_hold_blank_lines() -> None:
    text = "first\n\nsecond\n\n\nthird\n"
    opened = open_note(note(text, LOG), [Verifier.parse(LOG.vkey)])
    assert opened.text == text
    assert [each.by.name for each in opened.signatures] == [LOG.name]


def test_lines_of_unknown_keys_are_passed_over() -> None:
    opened = open_note(note("text\n", OTHER, LOG), [Verifier.parse(LOG.vkey)])
    assert [each.by.name for each in opened.signatures] == [LOG.name]


def test_a_known_key_with_a_bad_signature_condemns_the_note() -> None:
    keys = [Verifier.parse(LOG.vkey), Verifier.parse(WITNESS.vkey)]
    bad = note("text\n", LOG) + WITNESS.line("other\n")
    with pytest.raises(VerificationError):
        open_note(bad, keys)
    twice = note("text\n", LOG) + LOG.line("other\n")
    with pytest.raises(VerificationError):
        open_note(twice, keys)


def test_a_cosignature_tells_its_time() -> None:
    signed = f"text\n\n{WITNESS.line('text' + chr(10), at=1234)}"
    opened = open_note(signed, [Verifier.parse(WITNESS.vkey)])
    assert opened.signatures[0].at == 1234


GOOD = note("text\n", LOG)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "text\n",
        GOOD[:-1],
        GOOD + "\n",
        GOOD.replace("text", "text\r"),
        GOOD.replace("— ", "- "),
        GOOD.replace("— ledger", "—ledger"),
        GOOD.replace("acme ", "acme  "),
        GOOD.replace("acme ", "ac+me "),
        GOOD.replace("=\n", "\n"),
        "x" * (1 << 20) + GOOD,
        GOOD + LOG.line("text\n") * 100,
        "text\n\n— ledger.example/acme Kfg+Eg==\n",
    ],
)
def test_a_malformed_note_is_refused(bad: str) -> None:
    with pytest.raises(VerificationError):
        open_note(bad, [Verifier.parse(LOG.vkey)])


def test_a_signature_in_an_unusual_spelling_is_refused() -> None:
    line = LOG.line("text\n").split(" ")[2]
    data = base64.b64decode(line)
    # 68 bytes end in one '=' of padding, whose spare bits must be nought.
    text = base64.b64encode(data).decode()
    spare = text[:-2] + chr(ord(text[-2]) + 1) + "="
    assert base64.b64decode(spare) == data
    with pytest.raises(VerificationError):
        open_note(GOOD.replace(text, spare), [Verifier.parse(LOG.vkey)])


@given(st.integers(0, len(GOOD.encode()) * 8 - 1))
def test_no_bit_of_a_note_can_be_flipped(bit: int) -> None:
    data = bytearray(GOOD.encode())
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(VerificationError):
        open_note(bytes(data), [Verifier.parse(LOG.vkey)])


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+00000000",
        LOG.vkey.replace("29f83e12", "29f83e13"),
        LOG.vkey.replace("29f83e12", "29F83E12"),
        LOG.vkey.replace("acme", "ac me"),
        LOG.vkey[:-4],
        "na\udce9me+00000000+" + LOG.vkey.split("+", 2)[2],
        Key(LOG.name, "w", kind=6).vkey[:-4],
        Key(LOG.name, "w", kind=5).vkey,
        Key("x" * 256, "w", kind=6).vkey,
    ],
)
def test_a_malformed_key_is_refused(vkey: str) -> None:
    with pytest.raises(VerificationError):
        Verifier.parse(vkey)


@pytest.mark.parametrize(("vkey", "published"), PUBLISHED.items())
def test_a_published_note_verifies_and_no_other_text_does(
    vkey: str, published: str
) -> None:
    verifier = Verifier.parse(vkey)
    assert (
        open_note(published, [verifier]).text == published.partition("\n\n")[0] + "\n"
    )
    with pytest.raises(VerificationError):
        open_note(published.replace("o", "0", 1), [verifier])


def test_the_base64_of_a_key_may_hold_a_plus_sign() -> None:
    vkey = "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6"
    assert Verifier.parse(vkey).name == "TEST"


SECOND = Key(LOG.name, "allod test second key", kind=6)
REQUIRED = [f"witness second {SECOND.vkey}", "quorum second"]


def a_checkpoint(*keys: Key) -> str:
    return note(a_log().checkpoint().partition("\n\n")[0] + "\n", *keys)


def test_a_second_signature_verifies_and_may_be_asked_for() -> None:
    both = a_checkpoint(LOG, SECOND)
    trusting = policy(f"log {SECOND.vkey}", "quorum none")
    for accepts in (policy("quorum none"), trusting, TrustPolicy.of_log(SECOND.vkey)):
        assert accepts.verify_checkpoint(both).checkpoint.size == 5
    assert policy(*REQUIRED).verify_checkpoint(both).witnessed == {"second": 1767225600}


@pytest.mark.parametrize(
    "lacking",
    [
        a_checkpoint(LOG),
        a_checkpoint(LOG, Key(LOG.name, "another second key", kind=6)),
        a_checkpoint(LOG, Key("ledger.example/alias", "allod test second key", 6)),
    ],
)
def test_a_checkpoint_without_the_second_signature_is_refused_where_it_is_asked_for(
    lacking: str,
) -> None:
    assert policy("quorum none").verify_checkpoint(lacking)
    for asking in (policy(*REQUIRED), TrustPolicy.of_log(SECOND.vkey)):
        with pytest.raises(VerificationError):
            asking.verify_checkpoint(lacking)


def test_a_known_second_key_with_a_bad_signature_condemns_the_note() -> None:
    text = a_checkpoint(LOG).partition("\n\n")[0] + "\n"
    trusting = policy(f"log {SECOND.vkey}", "quorum none")
    for other in (text.replace("\n5\n", "\n6\n"), text.replace("acme", "acmf")):
        with pytest.raises(VerificationError):
            trusting.verify_checkpoint(note(text, LOG) + SECOND.line(other))
    for length in (4, 11, 12, 76, 2431, 2433):
        data = base64.b64encode(SECOND.key_id + bytes(length)).decode()
        with pytest.raises(VerificationError):
            trusting.verify_checkpoint(f"{note(text, LOG)}— {SECOND.name} {data}\n")


def test_a_library_without_ml_dsa_is_said_to_be_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Without:
        @staticmethod
        def from_public_bytes(_: bytes) -> None:
            raise UnsupportedAlgorithm("not here")

    both = a_checkpoint(LOG, SECOND)
    monkeypatch.setattr("allod.proofs.note.MLDSA44PublicKey", Without)
    with pytest.raises(VerificationError, match="ML-DSA-44"):
        policy(*REQUIRED).verify_checkpoint(both)
    assert policy("quorum none").verify_checkpoint(both)


def test_a_second_key_signs_checkpoints_alone() -> None:
    verifier = Verifier.parse(SECOND.vkey)
    line = a_checkpoint(SECOND).partition("\n\n")[2]
    for text in ("text\n", "a\n1\nAAAA\n", "a\n0\n\n", f"{'x' * 256}\n1\n"):
        with pytest.raises(VerificationError):
            open_note(f"{text}\n{line}", [verifier])
    with pytest.raises(VerificationError):
        verifier.verify_octets(b"", bytes(2420))


def policy(*lines: str) -> TrustPolicy:
    return TrustPolicy.parse("\n".join([f"log {LOG.vkey}", *lines, ""]))


def witnessed_by(*witnesses: Key) -> str:
    return a_log(witnesses=list(witnesses)).checkpoint()


def test_one_log_and_no_witness_is_the_shortest_policy() -> None:
    accepted = TrustPolicy.of_log(LOG.vkey).verify_checkpoint(witnessed_by())
    assert accepted.checkpoint.size == 5
    assert accepted.witnessed == {}


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_policy_that_was_saved_on_windows_is_the_same(mark: str) -> None:
    lines = [f"log {LOG.vkey}", f"witness w1 {WITNESS.vkey}", "quorum w1", ""]
    again = TrustPolicy.parse(mark + "\r\n".join(lines))
    assert again == TrustPolicy.parse("\n".join(lines))


def test_a_quorum_is_asked_for() -> None:
    asked = policy(
        "# two of two, by way of groups",
        f"witness w1 {WITNESS.vkey} https://witness.example/",
        f"\twitness  w2 {OTHER.vkey}",
        "group one any w1",
        "group both all one w2",
        "quorum both",
    )
    accepted = asked.verify_checkpoint(witnessed_by(WITNESS, OTHER))
    assert accepted.witnessed == {"w1": 1767225600, "w2": 1767225600}
    for too_few in [(), (WITNESS,), (OTHER,)]:
        with pytest.raises(VerificationError):
            asked.verify_checkpoint(witnessed_by(*too_few))


def test_a_witness_is_no_log() -> None:
    only = TrustPolicy.parse(f"witness w1 {WITNESS.vkey}\nquorum none\n")
    with pytest.raises(VerificationError):
        only.verify_checkpoint(witnessed_by(WITNESS))


def test_a_trusted_log_may_not_sign_for_another_origin() -> None:
    other = Key("ledger.example/other", "the other log")
    both = policy(f"log {other.vkey}", "quorum none")
    text = a_log().checkpoint().partition("\n\n")[0] + "\n"
    with pytest.raises(VerificationError):
        both.verify_checkpoint(note(text, other))


def test_during_a_rotation_either_key_will_do() -> None:
    newer = Key(LOG.name, "the next key of the same log")
    text = a_log().checkpoint().partition("\n\n")[0] + "\n"
    for trusted in (LOG, newer):
        TrustPolicy.of_log(trusted.vkey).verify_checkpoint(note(text, LOG, newer))


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["quorum none", "quorum none"],
        ["quorum w1"],
        ["quorum"],
        [f"log {LOG.vkey}", "quorum none"],
        [f"log {WITNESS.vkey}", "quorum none"],
        [f"log {SECOND.vkey}", f"log {SECOND.vkey}", "quorum none"],
        [f"witness w1 {LOG.vkey}", "quorum none"],
        [f"witness none {WITNESS.vkey}", "quorum none"],
        [f"witness w1 {WITNESS.vkey}", f"witness w2 {WITNESS.vkey}", "quorum none"],
        [f"witness w1 {WITNESS.vkey}", f"witness w1 {OTHER.vkey}", "quorum none"],
        [f"witness w1 {WITNESS.vkey}", "group g 2 w1", "quorum g"],
        [f"witness w1 {WITNESS.vkey}", "group g 0 w1", "quorum g"],
        [f"witness w1 {WITNESS.vkey}", "group g 01 w1", "quorum g"],
        [f"witness w1 {WITNESS.vkey}", "group g any w1 w1", "quorum g"],
        [f"witness w1 {WITNESS.vkey}", "group g all", "quorum g"],
        [f"witness w1 {WITNESS.vkey}", "group g any g", "quorum g"],
        ["trust everybody", "quorum none"],
        ["quorum\rnone"],
        ["quorum none\r\r"],
        ["#" * (1 << 16), "quorum none"],
    ],
)
def test_one_bad_line_spoils_a_policy(lines: list[str]) -> None:
    with pytest.raises(VerificationError):
        policy(*lines)


@pytest.mark.parametrize(
    "text",
    [
        "ledger.example/acme\n05\n{root}\n",
        "ledger.example/acme\n-5\n{root}\n",
        "ledger.example/acme\n5\n{root}\nextension\n",
        "ledger.example/acme\n5\n",
        "ledger.example/acme\n5\n{root}AA\n",
        "ledger.example/acme\n0\n{root}\n",
        "ledger.example/acme\n9223372036854775808\n{root}\n",
        "ledger.example/acme\n\u0665\n{root}\n",
    ],
)
def test_a_well_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    root = base64.b64encode(bytes(32)).decode()
    with pytest.raises(VerificationError):
        TrustPolicy.of_log(LOG.vkey).verify_checkpoint(
            note(text.replace("{root}", root), LOG)
        )


def test_a_policy_with_far_too_many_groups_is_refused() -> None:
    groups = [f"group g{each + 1} any g{each}" for each in range(2_000)]
    with pytest.raises(VerificationError):
        policy(f"witness g0 {WITNESS.vkey}", *groups, "quorum g2000")
