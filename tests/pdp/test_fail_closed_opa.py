"""The fail-closed list once more, on a real OPA with policies that are broken."""

from pathlib import Path

import pytest
from bundles import (
    BROKEN_DECISIONS,
    ENDLESS,
    GATE,
    changed,
    replaced,
    shipped,
    unlisted,
    without,
)
from opa_servers import SIGNER, serving

from kit.secret import Secret
from pdp.bundle.bundle import Bundle
from pdp.bundle.bundle_archive import BundleSigner
from pdp.decision.decider import Pdp
from pdp.decision.decision import Decision
from pdp.decision.question import Basis, Caller, Kind, Minor, Reach, ResourceClass
from pdp.engines.opa import OpaAddress, OpaEngine

CALLER = Caller(Kind.SERVICE, ("support",), "us")
CLASS = ResourceClass(
    *("profile", ("identity",), Reach.IN_SCOPE, "us"),
    minor=Minor.NO,
    basis=Basis.CONTRACT,
)
LEGAL = sorted(path for path in shipped().modules if path.startswith("legal/"))

BROKEN = {
    "an undefined rule": (
        changed(GATE, "decisions := [", "verdicts := ["),
        "gate.undefined",
    ),
    "an item without a decision": (
        changed(GATE, "} if allow\n", "} if input.nothing\n"),
        "gate.batch_length",
    ),
    "an answer that is undefined": (
        changed(GATE, "decisions := [", "decisions := input.never\n\nrest := ["),
        "gate.undefined",
    ),
    **BROKEN_DECISIONS,
    "a syntax error": (
        changed("legal/ugc.rego", "installed := true", "installed := "),
        "gate.undefined",
    ),
    "a name that nobody defined": (
        changed("legal/ugc.rego", "installed := true", "installed := nowhere"),
        "gate.undefined",
    ),
    "a rule without end": (replaced("legal/hold.rego", ENDLESS), "gate.timeout"),
}


def decided(bundle: Bundle, folder: Path, *, known: BundleSigner = SIGNER) -> Decision:
    with serving(bundle, folder, known=known) as url:
        engine = OpaEngine(OpaAddress.parse(url))
        pdp = Pdp(engine, bundle.digest)
        (decision,) = pdp.decide(CALLER, "support.case", "read", [CLASS])
        engine.close()
    assert decision.allow or not decision.masks
    return decision


def test_the_policies_as_shipped_allow_this_question(tmp_path: Path) -> None:
    decision = decided(shipped(), tmp_path)

    assert decision.allow
    assert (decision.revision, decision.engine) == (shipped().digest, "opa")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_bundle_is_a_denial(name: str, tmp_path: Path) -> None:
    bundle, code = BROKEN[name]
    decision = decided(bundle, tmp_path)

    assert not decision.allow
    assert decision.reasons[0].code == code


def test_a_bundle_under_another_key_is_a_denial(tmp_path: Path) -> None:
    other = BundleSigner(Secret(b"\x08" * 32))

    assert decided(shipped(), tmp_path, known=other).reasons[0].code == "gate.undefined"


@pytest.mark.parametrize("path", LEGAL)
def test_a_rule_file_taken_out_of_the_manifest_too_denies_everything(
    path: str, tmp_path: Path
) -> None:
    decision = decided(unlisted(without(path), path), tmp_path)

    assert not decision.allow
    assert decision.reasons[0].code in {"gate.not_intact", "gate.undefined"}
