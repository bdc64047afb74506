"""Witnesses: in memory, in folders, as programs of their own, and ways to them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from clocks import ManualClock
from ledgers import seed, signer
from servers import free_port, wait_until_ready

from kit.errors import AllodError, Unavailable
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.signing import COSIGNATURE, ML_DSA_44, Cosigner
from ledger.formats.trust_policy import TrustPolicy
from ledger.outside.cosigning import WitnessAnswer, WitnessSet, WitnessTarget
from ledger.outside.witness import Cosigned, OtherState, Witness
from server.outside.cosigning import HttpWitness
from server.roles.witnessing import make_witness


class Memory:
    """What a witness remembers, in memory."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.kept: dict[str, Cosigned] = {}

    def locked(self) -> AbstractContextManager[bool]:
        return self._lock

    def get(self, origin: str) -> Cosigned | None:
        return self.kept.get(origin)

    def put(self, cosigned: Cosigned) -> None:
        self.kept[cosigned.checkpoint.origin] = cosigned


def cosigner(number: int, algorithm: int = COSIGNATURE) -> Cosigner:
    return Cosigner(f"witness.example/w{number}", seed(f"w{number}"), algorithm)


@dataclass
class NearWitness:
    """A witness without a network; it can be down."""

    number: int
    clock: ManualClock = field(default_factory=ManualClock)
    down: bool = False
    asked: int = 0

    def __post_init__(self) -> None:
        self.state = Memory()
        self.witness = Witness(
            [cosigner(self.number), cosigner(self.number, ML_DSA_44)],
            logs=[signer().verifier],
            state=self.state,
            clock=self.clock,
        )

    def add_checkpoint(self, body: bytes) -> WitnessAnswer:
        self.asked += 1
        if self.down:
            raise Unavailable("down")
        try:
            return WitnessAnswer(200, self.witness.add(body).encode())
        except OtherState as error:
            return WitnessAnswer(409, f"{error.size}\n".encode())
        except AllodError as error:
            return WitnessAnswer(error.status, b"")

    @property
    def seen(self) -> Checkpoint | None:
        last = self.state.get(signer().name)
        return last and last.checkpoint


def trusting(*numbers: int, least: str = "all") -> str:
    """A trust policy of the tests' log and these witnesses, as a file."""
    names = [f"w{number}" for number in numbers]
    keys = [cosigner(number).verifier.vkey for number in numbers]
    lines = [f"witness {name} {key}" for name, key in zip(names, keys, strict=True)]
    group = f"group all-of-them {least} {' '.join(names)}"
    head = f"log {signer().verifier.vkey}"
    return "\n".join([head, *lines, group, "quorum all-of-them", ""])


def panel(*witnesses: NearWitness, least: str = "all") -> WitnessSet:
    asked = tuple(WitnessTarget(each.witness.verifiers[0], each) for each in witnesses)
    numbers = [each.number for each in witnesses]
    return WitnessSet(asked, TrustPolicy.parse(trusting(*numbers, least=least)))


@contextmanager
def serving(
    folder: Path, name: str, log: str
) -> Iterator[tuple[Cosigner, HttpWitness]]:
    """Run `allod witness serve` for the length of a block."""
    made, _ = make_witness(folder, name)
    (folder / "logs").write_text(f"# trusted\n{log}\n")
    port = free_port()
    program = "from server.cli.program import main; main()"
    arguments = ("witness", "serve", str(folder), "--port", str(port))
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdout=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    ) as child:
        try:
            wait_until_ready(child, port)
            yield made, HttpWitness.at(f"http://127.0.0.1:{port}")
        finally:
            child.terminate()
            child.wait(10)
