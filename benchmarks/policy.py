"""Decisions, warm and cold, and what it takes to put other policies in force.

    python benchmarks/policy.py [--rounds N] [--classes N] [--opa PATH]

Warm: a decision that is remembered. Cold: one that an engine has to make, embedded and
(with `--opa`) on an OPA server, turn by turn over the same questions; percentiles in
microseconds of wall time. Floors: warm 100 us, cold 2 ms and 5 ms (p95).

Activation: the steps that `allod policy activate` goes through, for so many observed
classes; `impact` says how many questions (cells) that came to, each asked of both
bundles. And the time that another process takes to follow. Floors: 60 s in sum for
15,000 cells, 2 s.
"""

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from probe import machine
from processes import free_port, server

from kit.secret import Secret
from kit.settings import Settings
from pdp.bundle.bundle import TABLES, Bundle, from_texts, install, load
from pdp.bundle.bundle_archive import SCOPE, BundleSigner, archive
from pdp.change.impact import impact
from pdp.change.rehearsal import rehearse
from pdp.change.widening import opened_by
from pdp.decision.decider import Pdp
from pdp.decision.decision_cache import DecisionCache
from pdp.decision.port import ClassCount, Engine
from pdp.decision.question import (
    Basis,
    Caller,
    Consent,
    CustomerState,
    Kind,
    Minor,
    Reach,
    ResourceClass,
)
from pdp.engines.opa import OpaAddress, OpaEngine
from pdp.engines.regorus import RegorusEngine
from pdp.review.accept import accepted
from pdp.review.cases import run
from pdp.review.checks import require_fit
from server.house.init import found_house
from server.house.resources import shipped
from server.house.wiring import open_house

CALLER = Caller(Kind.SERVICE, ("support",), "eu")
SEED = 7
MICRO = 1e6


def classes(bundle: Bundle, count: int) -> list[ResourceClass]:
    """Draw so many different classes out of what the tables know."""
    draw = random.Random(SEED)
    known, regions = list(bundle.tables["classes"]), list(bundle.tables["residency"])
    found: dict[ResourceClass, None] = {}
    while len(found) < count:
        some = tuple(sorted(draw.sample(known, draw.randint(1, len(known)))))
        found[
            ResourceClass(
                collection=f"collection_{draw.randint(1, 40)}",
                classes=some,
                reach=Reach.NONE,
                region=draw.choice(regions),
                state=draw.choice(
                    [
                        CustomerState.ACTIVE,
                        CustomerState.ACTIVE,
                        CustomerState.RESTRICTED,
                    ]
                ),
                minor=draw.choice(list(Minor)),
                basis=draw.choice(list(Basis)),
                consent=draw.choice(list(Consent)),
            )
        ] = None
    return list(found)


class Drawn:
    """Observed classes that nobody observed: the same number for each purpose."""

    def __init__(self, bundle: Bundle, count: int) -> None:
        self.cells_of = [ClassCount(klass, 10) for klass in classes(bundle, count)]

    def cells(self, _: str) -> Sequence[ClassCount]:
        """Give them, whatever the purpose."""
        return self.cells_of


def percentiles(seconds: list[float]) -> str:
    """Say the median and the 95th percentile, in microseconds."""
    ordered = sorted(seconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"p50 {statistics.median(ordered) * MICRO:8.1f}  p95 {p95 * MICRO:8.1f} us"


def timed(pdp: Pdp, asked: Sequence[ResourceClass]) -> list[float]:
    """Time one decision after the other."""
    spent = []
    for klass in asked:
        begun = time.perf_counter()
        pdp.decide(CALLER, "support.case", "read", [klass])
        spent.append(time.perf_counter() - begun)
    return spent


def decisions(bundle: Bundle, opa: Path | None, rounds: int) -> None:
    """Ask each engine the same new questions, turn by turn, and then once more."""
    asked = [replace(it, reach=Reach.IN_SCOPE) for it in classes(bundle, 500)]
    with engines(bundle, opa) as opened:
        spent: dict[str, list[float]] = {}
        for _ in range(rounds):
            for engine in opened:
                pdp = Pdp(engine, bundle.digest, DecisionCache())
                timed(pdp, asked[:20])
                spent.setdefault(f"cold, {engine.name}", []).extend(
                    timed(pdp, asked[20:])
                )
                spent.setdefault("warm", []).extend(timed(pdp, asked[20:]))
    for name, seconds in spent.items():
        print(f"{name:36} {percentiles(seconds)}")


@contextmanager
def engines(bundle: Bundle, opa: Path | None) -> Iterator[list[Engine]]:
    """Open the embedded engine, and an OPA server if there is one to start."""
    embedded = RegorusEngine(bundle)
    embedded.revision()
    try:
        if opa is None:
            yield [embedded]
            return
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(bundle, opa, Path(folder)) as url,
        ):
            engine = OpaEngine(OpaAddress.parse(url))
            yield [embedded, engine]
            engine.close()
    finally:
        embedded.close()


@contextmanager
def serving(bundle: Bundle, opa: Path, folder: Path) -> Iterator[str]:
    """Run OPA on a bundle; gives its URL once it has loaded it."""
    signer, port = BundleSigner(Secret(bytes(32))), free_port()
    (folder / "bundle.tar.gz").write_bytes(archive(bundle, signer))
    signing = {"scope": SCOPE, "keyid": signer.key_id}
    resource = (folder / "bundle.tar.gz").as_uri()
    config = {
        "bundles": {"allod": {"resource": resource, "signing": signing}},
        "keys": {signer.key_id: {"algorithm": "ES256", "key": signer.public_pem}},
    }
    (folder / "opa.json").write_text(json.dumps(config))
    address = f"--addr=127.0.0.1:{port}"
    flags = ["--config-file", str(folder / "opa.json"), "--skip-version-check"]
    flags += ["--log-level", "error"]  # as deploy/README.md has it
    with server([str(opa), "run", "--server", address, *flags], port):
        time.sleep(2)
        yield f"http://127.0.0.1:{port}"


def activation(old: Bundle, new: Bundle, count: int) -> None:
    """Go through the steps, one by one."""
    observed, begun = Drawn(new, count), time.perf_counter()
    with step("lint, cases, tests"):
        require_fit(new)
    with step("impact"):
        found = impact(old, new, observed)
    print(f"{'':36} {found.asked:8,} cells, each of both bundles")
    with step("widening"):
        opened_by(old, new, found)
    with step("rehearsal"), closing(RegorusEngine(new)) as engine:
        rehearse([engine], new, observed)
    print(f"{'activation in sum':36} {time.perf_counter() - begun:8.1f} s")


@contextmanager
def step(name: str) -> Iterator[None]:
    """Time a block."""
    begun = time.perf_counter()
    yield
    print(f"{name:36} {time.perf_counter() - begun:8.1f} s")


def following(new: Bundle) -> None:
    """Let one process activate, and wait for another's follower."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home")
        found_house(settings)
        with open_house(settings) as one, open_house(settings) as other:
            proposals = one.governing.proposals
            digest = install(new, one.home.policies)
            with other.governing.follower.running():
                time.sleep(1)
                with one.vault_db.write() as session:
                    number = proposals.propose(
                        session, digest, by="ann", widens=False
                    ).number
                    proposals.approve(session, number, by="ben")
                    proposals.activate(session, number, by="ann", showed={})
                begun = time.perf_counter()
                while other.bundle.digest != digest:
                    time.sleep(0.005)
                spent = time.perf_counter() - begun
    print(f"{'another process follows after':36} {spent:8.2f} s")


def changed(bundle: Bundle) -> Bundle:
    """Change one cell of the masks, and let the cases expect it, as somebody would."""
    text = bundle.texts[TABLES].replace('"last4"', '"token"', 1)
    new = from_texts({**bundle.texts, TABLES: text})
    texts, _ = accepted(new, run(new))
    return from_texts({**new.texts, **texts})


def main() -> None:
    """Measure, and print with the machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--classes", type=int, default=30)
    parser.add_argument("--opa", type=Path)
    options = parser.parse_args()
    bundle = load(shipped("policies"))
    new = changed(bundle)
    print(machine(Path(tempfile.gettempdir())))
    decisions(bundle, options.opa, options.rounds)
    activation(bundle, new, options.classes)
    following(from_texts({**bundle.texts, "README.md": "another text\n"}))


if __name__ == "__main__":
    main()
