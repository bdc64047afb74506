"""What was signed before witnesses saw it verifies under their quorum, seconds later.

A real `allod witness`, the policy that docs/operations.md says to publish, an export
and an erasure over HTTP, and both verifiers: the house's and the SDK's.
"""

import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from allod import proofs
from callers import Callers, calling
from clocks import ManualClock
from commands import allod
from houses import Scenario, settle
from witnesses import serving

from kit.canonical import canonical
from ledger.formats.trust_policy import TrustPolicy
from server.house.wiring import open_house

NAMES = ("witness.example/w1", "witness.example/w2")


@dataclass
class Witnessed:
    """A house with two witnesses, of which both have to agree."""

    callers: Callers
    home: Path
    text: str
    named: Path

    @property
    def house(self) -> Any:
        return self.callers.scenario.house

    @property
    def theirs(self) -> TrustPolicy:
        return TrustPolicy.parse(self.text)

    @property
    def ours(self) -> proofs.TrustPolicy:
        return proofs.TrustPolicy.parse(self.text)

    def cosign(self) -> None:
        self.house.cosigning.run_once()

    async def extension(self, size: int) -> bytes:
        answer = await self.callers.get("/v1/ledger/extension", **{"from": size})
        assert answer.status_code == 200, answer.text
        return answer.content


@pytest.fixture
def opened(tmp_path: Path, clock: ManualClock) -> Iterator[tuple[Scenario, str, Path]]:
    plain = settle(tmp_path / "home", clock)
    with open_house(plain, clock=clock) as house:
        vkey = house.log.signer.verifier.vkey
    with ExitStack() as stack:
        lines = []
        for number, name in enumerate(NAMES):
            serve = serving(tmp_path / f"w{number}", name, vkey)
            key, way = stack.enter_context(serve)
            url = f"http://{way.endpoint.host}:{way.endpoint.port}"
            lines.append(f"witness w{number} {key.verifier.vkey} {url}")
        text = "\n".join([*lines, "group most 2 w0 w1", "quorum most", ""])
        named = tmp_path / "witnesses"
        named.write_text(text)
        settings = plain.model_copy(update={"witnesses": named})
        house = stack.enter_context(open_house(settings, clock=clock))
        yield Scenario(house, clock, tmp_path / "home"), f"log {vkey}\n{text}", named


@pytest.fixture
async def witnessed(
    opened: tuple[Scenario, str, Path],
) -> AsyncIterator[Witnessed]:
    scenario, text, named = opened
    async with calling(scenario) as callers:
        yield Witnessed(callers, scenario.home, text, named)


async def test_a_certificate_is_provisional_until_the_quorum_has_cosigned(
    witnessed: Witnessed,
) -> None:
    callers, scenario = witnessed.callers, witnessed.callers.scenario
    scenario.customer()
    scenario.profile()
    answer = await callers.send("POST", "/v1/me/erasure", callers.customer("ada"))
    erased = answer.json()
    assert (erased["state"], erased["provisional"]) == ("certified", True)
    assert erased["proof"] is None
    signed = erased["certificate"]
    assert "provisional" not in json.dumps(signed)
    with pytest.raises(proofs.ProvisionalError, match="fetch the proof again"):
        proofs.verify_certificate(signed, witnessed.ours)

    where = f"/v1/erasures/{erased['erasure_id']}"
    headers = {"Erasure-Secret": erased["secret"]}
    assert (await callers.client.get(where, headers=headers)).json()["provisional"]
    witnessed.cosign()
    later = (await callers.client.get(where, headers=headers)).json()
    assert not later["provisional"]
    assert canonical(later["certificate"]) == canonical(signed)

    file = {**later["certificate"], "proof": later["proof"]}
    shown = proofs.verify_certificate(file, witnessed.ours)
    assert set(shown.receipt.witnessed) == {"w0", "w1"}
    assert shown.erasure_id == erased["erasure_id"]
    audited = await callers.get(
        f"/v1/certificates/{erased['erasure_id']}", callers.auditor()
    )
    assert audited.json() == file
    proofs.verify_certificate(audited.json(), witnessed.ours)


async def test_who_left_with_an_export_can_still_fetch_its_proof(
    witnessed: Witnessed,
) -> None:
    callers, scenario = witnessed.callers, witnessed.callers.scenario
    scenario.customer()
    scenario.idea()
    scenario.house.log.publish()
    witnessed.cosign()
    scenario.idea()
    ada = callers.customer("ada")
    answer = await callers.send("POST", "/v1/me/exports", ada)
    assert answer.headers["allod-provisional"] == "true"
    export = answer.content
    with pytest.raises(proofs.ProvisionalError, match="provisional: ") as raised:
        proofs.verify_archive(io.BytesIO(export), witnessed.ours)
    tree = raised.value.size
    early = await callers.get("/v1/ledger/extension", **{"from": tree})
    assert (early.status_code, early.json()["code"]) == (409, "proof.provisional")

    await callers.send("POST", "/v1/me/erasure", ada)
    witnessed.cosign()
    proof = await witnessed.extension(tree)
    shown = proofs.verify_archive(
        io.BytesIO(export), witnessed.ours, [proofs.Extension.parse(proof)]
    )
    assert (shown.entries, shown.tree) == (3, tree)


async def test_a_proof_of_another_tree_or_history_is_refused(
    witnessed: Witnessed,
) -> None:
    callers, scenario = witnessed.callers, witnessed.callers.scenario
    scenario.customer()
    written = scenario.idea()
    receipt = (
        await callers.get(
            f"/v1/me/contributions/{written.record.hex()}/receipt",
            callers.customer("ada"),
        )
    ).text
    size = scenario.house.log.latest().checkpoint.size
    scenario.idea()
    scenario.house.log.publish()
    witnessed.cosign()
    good = await witnessed.extension(size)
    given = [proofs.Extension.parse(good)]
    assert proofs.verify_receipt(receipt, witnessed.ours, given)
    lines = good.split(b"\n")
    turned = b"\n".join([lines[0], lines[1][::-1], *lines[2:]])
    other = good.replace(b"old %d\n" % size, b"old %d\n" % (size - 1))
    shorter = b"\n".join([lines[0], *lines[2:]])
    for bad in (turned, other, shorter, good.replace(NAMES[0].encode(), b"x"), b""):
        with pytest.raises(proofs.VerificationError):
            proofs.verify_receipt(
                receipt, witnessed.ours, [proofs.Extension.parse(bad)]
            )


async def test_the_commands_say_what_is_provisional_and_fetch_the_proof(
    witnessed: Witnessed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOD_WITNESSES", str(witnessed.named))
    witnessed.callers.scenario.customer()
    home, policy = ("--home", witnessed.home), tmp_path / "policy.txt"
    policy.write_text(witnessed.text)
    export, certificate = tmp_path / "export.zip", tmp_path / "certificate.json"
    made = allod("export", "ada", "--out", export, *home, "--json").document
    assert made["provisional"]
    erased = allod("erase", "ada", "--out", certificate, "--yes", *home, "--json")
    assert (erased.document["provisional"], erased.document["proof"]) == (True, None)
    for number, file in enumerate((export, certificate)):
        refused = allod("verify", file, "--policy", policy, "--json")
        assert refused.code == 1
        why = refused.document["why"]
        assert "provisional: " in why
        tree = why.partition("?from=")[2].partition(",")[0]
        proof = tmp_path / f"proof-{number}"
        asked = ("ledger", "extension", tree, "--out", proof, *home)
        if file == export:
            early = allod(*asked, "--json")
            assert early.document["error"]["code"] == "proof.provisional"
            assert not proof.exists()
            witnessed.cosign()
        assert allod(*asked, "--json").document["tree"] == int(tree)
        known = ("--policy", policy, "--proof", proof)
        assert allod("verify", file, *known, "--json").document["verified"]
        monkeypatch.chdir(tmp_path)
        assert proofs_program(file, *known) == 0


def proofs_program(file: Path, *more: str | Path) -> int:
    from allod.proofs.cli import main  # noqa: PLC0415

    return main(["verify", str(file), *map(str, more)])


async def test_without_witnesses_nothing_is_provisional(
    callers: Callers,
) -> None:
    callers.scenario.customer()
    ada = callers.customer("ada")
    answer = await callers.send("POST", "/v1/me/exports", ada)
    assert answer.headers["allod-provisional"] == "false"
    erased = (await callers.send("POST", "/v1/me/erasure", ada)).json()
    assert (erased["provisional"], erased["proof"]) == (False, None)
    refused = await callers.get("/v1/ledger/extension", **{"from": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "witness.none")
    for size in (0, 10_000):
        beyond = await callers.get("/v1/ledger/extension", **{"from": size})
        assert beyond.status_code in {404, 422}
