"""`allod witness` as a program: over HTTP, through a crash, with a damaged folder."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from allod.proofs import TrustPolicy as TheirPolicy
from clocks import ManualClock
from commands import allod
from houses import settle
from ledgers import ORIGIN, LedgerHouse, seed, signer
from servers import free_port
from witnesses import serving

from kit.errors import CannotStart, IntegrityFault, NotFound, Unavailable
from kit.settings import Settings
from ledger.formats.encoding import encode64
from ledger.formats.note import open_note, sign
from ledger.formats.signing import ML_DSA_44, Cosigner, Verifier
from ledger.formats.trust_policy import TrustPolicy
from ledger.outside.cosigning import Cosigning
from ledger.outside.witness import AddCheckpoint, OtherState, origin_hash
from server.house.wiring import open_house
from server.outside.cosigning import HttpWitness, panel_of
from server.roles.witness_keys import read_keys
from server.roles.witnessing import make_witness, open_witness

NAME = "witness.example/w1"
DYING = Path(__file__).parents[2] / "support" / "dying_witness.py"
VKEY = signer().verifier.vkey


@pytest.fixture
def house(tmp_path: Path) -> Iterator[LedgerHouse]:
    house = LedgerHouse(tmp_path / "house")
    yield house
    house.close()


def first_request(house: LedgerHouse) -> bytes:
    house.published(5)
    return AddCheckpoint(0, (), house.log.resource("checkpoint").decode()).encode()


def post(
    way: HttpWitness, body: bytes, path: str = "/add-checkpoint"
) -> tuple[int, str | None, bytes]:
    return ask(way, "POST", path, body)


def get(way: HttpWitness, path: str) -> tuple[int, str | None, bytes]:
    return ask(way, "GET", path, None)


def ask(
    way: HttpWitness, method: str, path: str, body: bytes | None
) -> tuple[int, str | None, bytes]:
    to = way.endpoint
    connection = HTTPConnection(to.host, to.port, timeout=5)
    try:
        connection.request(method, path, body=body)
        answer = connection.getresponse()
        return answer.status, answer.headers["content-type"], answer.read()
    finally:
        connection.close()


def settings(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "witnesses").write_text(text)
    return Settings(home=tmp_path, witnesses=tmp_path / "witnesses")


def test_two_witnesses_cosign_over_http(house: LedgerHouse, tmp_path: Path) -> None:
    with (
        serving(tmp_path / "a", NAME, VKEY) as (one, at_one),
        serving(tmp_path / "b", "witness.example/w2", VKEY) as (two, at_two),
    ):
        lines = [
            f"witness w{number} {key.verifier.vkey} http://{way.endpoint.host}:{way.endpoint.port}/"
            for number, key, way in ((1, one, at_one), (2, two, at_two))
        ]
        text = "\n".join([*lines, "group both all w1 w2", "quorum both", ""])
        panel = panel_of(settings(tmp_path, text))
        asking = Cosigning(house.log, clock=house.clock, panel=panel)
        for count in (5, 300):
            house.published(count)
            asking.run_once()
            note = house.log.resource("checkpoint")
            opened = open_note(note, [one.verifier, two.verifier])
            assert len(opened.signatures) == 2
        house.published(1)
        with asking.running(timedelta(milliseconds=10)):
            until = time.monotonic() + 20
            while house.log.resource("checkpoint").count("— ".encode()) < 3:
                assert time.monotonic() < until
                time.sleep(0.01)


def test_a_house_asks_the_witnesses_that_its_settings_name(tmp_path: Path) -> None:
    clock = ManualClock()
    plain = settle(tmp_path / "home", clock)
    with open_house(plain, clock=clock) as opened:
        vkey = opened.log.signer.verifier.vkey
    with serving(tmp_path / "w", NAME, vkey) as (key, way):
        line = f"witness w1 {key.verifier.vkey} http://{way.endpoint.host}:{way.endpoint.port}"
        named = settings(tmp_path, f"{line}\nquorum w1\n").witnesses
        with open_house(
            plain.model_copy(update={"witnesses": named}), clock=clock
        ) as opened:
            opened.cosigning.run_once()
            note = opened.log.resource("checkpoint")
    assert open_note(note, [key.verifier]).text.startswith(vkey.partition("+")[0])


def test_each_refusal_has_its_status(house: LedgerHouse, tmp_path: Path) -> None:
    body = first_request(house)
    with serving(tmp_path / "w", NAME, VKEY) as (_, way):
        assert post(way, b"")[0] == 400
        assert post(way, body.replace(b"old 0", b"old 6"))[0] == 400
        assert post(way, body.replace(b"\n5\n", b"\n6\n"))[0] == 403
        assert post(way, body.replace(b"ledger.example", b"another.log"))[0] == 404
        assert post(way, b"x" * (1 << 17))[0] == 413
        proof = b"old 0\n" + b"A" * 43 + b"=\n"
        assert post(way, body.replace(b"old 0\n", proof))[0] == 422
        assert post(way, body)[0] == 200
        assert post(way, body) == (409, "text/x.tlog.size", b"5\n")
        assert post(way, body.replace(b"old 0", b"old 5"))[0] == 200
        text = f"{ORIGIN}\n5\n{encode64(bytes(32))}\n"
        other = sign(text, [signer()])
        assert post(way, AddCheckpoint(5, (), other).encode())[0] == 422


def test_a_witness_killed_before_it_answers_has_remembered(
    house: LedgerHouse, tmp_path: Path
) -> None:
    folder, body = tmp_path / "w", first_request(house)
    make_witness(folder, NAME)
    (folder / "logs").write_text(VKEY)
    killed = subprocess.run(
        [sys.executable, str(DYING), str(folder)],
        input=body,
        capture_output=True,
        check=False,
        timeout=30,
        env={"PYTHONPATH": f"{DYING.parents[2]}:{DYING.parent}"},
    )
    assert (killed.returncode, killed.stdout) == (-9, b"")
    witness = open_witness(folder, clock=ManualClock())
    with pytest.raises(OtherState) as caught:
        witness.add(body)
    assert caught.value.size == 5
    # It cosigned and saved: whoever asks is shown that, and no older tree.
    shown = witness.latest(origin_hash(ORIGIN))
    assert len(open_note(shown, witness.verifiers).signatures) == len(witness.verifiers)
    line = witness.add(body.replace(b"old 0", b"old 5"))
    assert line.startswith(f"— {NAME} ")


def test_a_witness_with_a_damaged_memory_cosigns_nothing(
    house: LedgerHouse, tmp_path: Path
) -> None:
    folder, body = tmp_path / "w", first_request(house)
    make_witness(folder, NAME)
    (folder / "logs").write_text(VKEY)
    witness = open_witness(folder, clock=ManualClock())
    witness.add(body)
    (kept,) = (folder / "checkpoints").iterdir()
    for damage in (b"", b"\xff", kept.read_bytes().replace(b"acme", b"acne")):
        kept.write_bytes(damage)
        with pytest.raises(IntegrityFault):
            witness.add(body)
    kept.unlink()
    kept.parent.rmdir()
    with pytest.raises(IntegrityFault):
        witness.add(body)
    with pytest.raises(CannotStart):
        open_witness(folder, clock=ManualClock())


def test_the_commands_make_a_witness_and_show_its_key(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    made = allod("witness", "init", folder, "--name", NAME, "--json").document
    assert made["vkey"].startswith(f"{NAME}+")
    shown = [made["vkey"], made["ml_dsa_44"]]
    assert allod("witness", "key", folder).out.split() == shown
    assert [Verifier.parse(each).algorithm for each in shown] == [4, 6]
    assert allod("witness", "upgrade", folder).code == 6
    assert allod("witness", "init", folder, "--name", NAME).code == 6
    assert allod("witness", "key", tmp_path / "nowhere").code == 6
    for file in ("witness.key", "witness-ml-dsa-44.key"):
        assert (folder / file).stat().st_mode & 0o777 == 0o600


def test_a_witness_of_an_earlier_version_goes_on_and_is_given_a_second_key(
    house: LedgerHouse, tmp_path: Path
) -> None:
    folder, body = tmp_path / "w", first_request(house)
    make_witness(folder, NAME)
    (folder / "witness-ml-dsa-44.key").unlink()
    (folder / "logs").write_text(VKEY)
    (kept,) = [folder / "checkpoints" / origin_hash(ORIGIN)]
    kept.write_text(body.decode().split("\n\n")[1] + "\n")
    alone = open_witness(folder, clock=ManualClock())
    again = body.replace(b"old 0", b"old 5")
    with pytest.raises(NotFound):
        alone.latest(origin_hash(ORIGIN))
    assert alone.add(again).count("\n") == 1
    upgraded = allod("witness", "upgrade", folder, "--json").document
    keys = read_keys(folder)
    assert [each.verifier.vkey for each in keys] == [
        upgraded["vkey"],
        upgraded["ml_dsa_44"],
    ]
    both = open_witness(folder, clock=ManualClock())
    assert both.latest(origin_hash(ORIGIN)) == alone.latest(origin_hash(ORIGIN))
    assert both.add(again).count("\n") == len(keys)


def test_a_monitor_reads_over_http_what_the_witness_cosigned(
    house: LedgerHouse, tmp_path: Path
) -> None:
    body = first_request(house)
    with serving(tmp_path / "w", NAME, VKEY) as (_, way):
        path = f"/{origin_hash(ORIGIN)}/checkpoint"
        assert get(way, path)[0] == 404
        status, _, lines = post(way, body)
        assert status == 200
        note = house.log.resource("checkpoint")
        assert get(way, path) == (200, "text/plain; charset=utf-8", note + lines)
        for unknown in ("/x/checkpoint", f"/{origin_hash('x')}/checkpoint"):
            assert get(way, unknown)[0] == 404
        assert post(way, b"", path)[0] == 405
        # The witness's view is held against the log's own.
        (tmp_path / "log").write_bytes(note)
        (tmp_path / "policy").write_text(f"log {VKEY}\nquorum none\n")
        at = f"http://{way.endpoint.host}:{way.endpoint.port}/{origin_hash(ORIGIN)}"
        compared = allod(
            *("ledger", "compare", tmp_path / "log", at),
            *("--policy", tmp_path / "policy", "--json"),
        )
        assert (compared.code, compared.document["relation"]) == (0, "same")


def test_the_second_key_alone_makes_a_quorum(
    house: LedgerHouse, tmp_path: Path
) -> None:
    house.published(5)
    with serving(tmp_path / "w", NAME, VKEY) as (_, way):
        second = read_keys(tmp_path / "w")[1].verifier
        url = f"http://{way.endpoint.host}:{way.endpoint.port}"
        text = f"log {VKEY}\nwitness w1 {second.vkey} {url}\nquorum w1\n"
        panel = panel_of(settings(tmp_path, text))
        Cosigning(house.log, clock=house.clock, panel=panel).run_once()
    note = house.log.resource("checkpoint")
    assert list(TrustPolicy.parse(text).accept(note).witnessed) == ["w1"]
    theirs = TheirPolicy.parse(text).verify_checkpoint(note)
    assert list(theirs.witnessed) == ["w1"]


@pytest.mark.parametrize("file", ["witness.key", "witness-ml-dsa-44.key"])
def test_a_key_that_others_may_read_or_that_is_damaged_is_refused(
    tmp_path: Path, file: str
) -> None:
    make_witness(tmp_path / "w", NAME)
    path = tmp_path / "w" / file
    text = path.read_text()
    for damaged in ("", "PRIVATE+KEY", text.replace("w1", "w2"), text[:-9] + "\n"):
        path.write_text(damaged)
        with pytest.raises(CannotStart):
            read_keys(tmp_path / "w")
    path.write_text(text)
    path.chmod(0o644)
    with pytest.raises(CannotStart, match="others"):
        read_keys(tmp_path / "w")


def test_a_list_of_logs_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    make_witness(tmp_path / "w", NAME)
    (tmp_path / "w" / "logs").write_text("nonsense\n")
    with pytest.raises(CannotStart, match="line 1"):
        open_witness(tmp_path / "w", clock=ManualClock())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none\n",
        "witness w1 KEY\nquorum w1\n",
        "witness w1 KEY ftp://witness.example\nquorum w1\n",
        "witness w1 KEY https://user@witness.example\nquorum w1\n",
        "witness w1 KEY https://witness.example:x\nquorum w1\n",
    ],
)
def test_a_file_of_witnesses_that_cannot_be_used_is_refused(
    tmp_path: Path, text: str
) -> None:
    key = make_witness(tmp_path / "w", NAME)[0].verifier.vkey
    with pytest.raises(CannotStart) as caught:
        panel_of(settings(tmp_path, text.replace("KEY", key)))
    assert "ALLOD_WITNESSES" in caught.value.fix
    assert panel_of(Settings(home=tmp_path)) is None


def test_a_logs_own_second_key_is_no_witness_that_is_asked(tmp_path: Path) -> None:
    key = make_witness(tmp_path / "w", NAME)[0].verifier.vkey
    own = Cosigner(ORIGIN, seed("second"), ML_DSA_44).verifier.vkey
    lines = f"witness second {own}\ngroup both all w1 second\nquorum both\n"
    file = f"log {VKEY}\nwitness w1 {key} https://witness.example\n{lines}"
    panel = panel_of(settings(tmp_path, file))
    assert panel is not None
    assert [each.verifier.name for each in panel.witnesses] == [NAME]
    assert set(panel.policy.witnesses) == {"w1", "second"}
    with pytest.raises(CannotStart):
        panel_of(
            settings(tmp_path, f"witness w1 {key} https://witness.example\n{lines}")
        )


def test_a_witness_that_nobody_serves_does_not_answer() -> None:
    way = HttpWitness.at(f"http://127.0.0.1:{free_port()}/w")
    assert way.endpoint.path == "/w/add-checkpoint"
    with pytest.raises(Unavailable):
        way.add_checkpoint(b"")
