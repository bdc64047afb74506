"""Every figure of the ledger in one run, with pymerkle beside it where that is there.

    python benchmarks/ledger_figures.py [--size N] [--rounds N]

Appends, cold proofs and offline verification are those of `ledger_append`,
`proof_cold` and `verify`; added to them are the audit of the published files, as an
outsider does it, and the length of a receipt with one witness. pymerkle (GPL, and so
none of our requirements) is measured if it can be imported: the same number of entries
in its SQLite tree, a first proof in a new process, turn by turn with ours.
"""

import argparse
import base64
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import ledger_append
import proof_cold
import verify
from probe import machine

from kit.ids import new_id
from kit.schema import VAULT
from ledger.formats.commitment import Opening
from ledger.formats.entries import Link, subject_entry

ROOT = Path(__file__).resolve().parents[1]
APPENDED = 100_000
CHUNK = 1 << 14
AT = 1_795_348_800


def stamp(folder: Path) -> Opening:
    """Begin a log with one contribution: its path is as long as any other."""
    log = proof_cold.log_in(folder)
    entry, opening = subject_entry(
        Link(new_id(), 1, None, new_id()),
        kind="contribution",
        at=AT,
        content=b"an idea",
        granularity=60,
    )
    with log.database.write() as session:
        VAULT.create_all(session.connection())
        log.append(session, [entry])
    log.database.close()
    return opening.opening


def receipt(folder: Path, opening: Opening) -> tuple[str, str]:
    """Make the receipt of that contribution; gives the trust policy, too."""
    log = proof_cold.log_in(folder)
    text = log.receipt(0, opening).encode()
    policy = log.policy.encode()
    log.database.close()
    return policy, text


def witness_line() -> str:
    """Make a line as long as that which a witness adds to a checkpoint."""
    signature = base64.b64encode(bytes(4 + 8 + 64)).decode()
    return f"— witness.example/w1 {signature}\n"


def audited(folder: Path) -> float:
    """Audit the published files from the first entry on; gives entries a second."""
    sys.path.insert(0, str(ROOT / "sdk" / "src"))
    from allod.proofs import TrustPolicy, audit  # noqa: PLC0415 - the SDK's own code
    from allod.proofs.fetch import folder as mirror  # noqa: PLC0415

    log = proof_cold.log_in(folder)
    policy = TrustPolicy.parse(log.policy.encode())
    log.database.close()
    started = time.perf_counter()
    done = audit(mirror(folder / "ledger"), policy)
    return done.entries / (time.perf_counter() - started)


def fill_pymerkle(folder: Path, size: int) -> float:
    """Put `size` entries into pymerkle's tree; gives entries a second."""
    from pymerkle import SqliteTree  # noqa: PLC0415 - it may be absent

    tree = SqliteTree(str(folder / "pymerkle.db"))
    started = time.perf_counter()
    for first in range(0, size, CHUNK):
        numbers = range(first, min(first + CHUNK, size))
        tree.append_entries([b"%084d" % number for number in numbers])
    taken = time.perf_counter() - started
    tree.con.close()
    return size / taken


def prove_pymerkle(folder: Path, index: int) -> float:
    """Open pymerkle's tree and prove one entry; gives seconds."""
    from pymerkle import SqliteTree  # noqa: PLC0415 - it may be absent

    started = time.perf_counter()
    tree = SqliteTree(str(folder / "pymerkle.db"))
    tree.prove_inclusion(index + 1)  # it counts from 1
    return time.perf_counter() - started


def cold_pymerkle(folder: Path, index: int) -> float:
    """Measure one proof of pymerkle in a new process."""
    program = [sys.executable, __file__, "--measure", str(folder), str(index)]
    return float(subprocess.run(program, capture_output=True, check=True).stdout)


def cold(folder: Path, size: int, rounds: int, *, peer: bool) -> Iterator[str]:
    """Prove random entries, each in a new process, turn by turn."""
    ours, theirs = [], []
    for _ in range(rounds):
        index = random.randrange(size)
        ours.append(proof_cold.measured("prove", folder, index)[0])
        if peer:
            theirs.append(cold_pymerkle(folder, index))
    median = statistics.median(ours)
    yield f"cold inclusion proof, new process  {median * 1e3:10.2f} ms"
    if theirs:
        peer_median = statistics.median(theirs)
        yield f"  the same by pymerkle             {peer_median * 1e3:10.2f} ms"
        yield f"  ratio                            {peer_median / median:10,.0f}"


def figures(folder: Path, size: int, rounds: int) -> Iterator[str]:
    """Measure one thing after another; gives each as a line."""
    peer = find_spec("pymerkle") is not None
    ours, plain = ledger_append.run(folder, APPENDED)
    rate, rows = (ledger_append.BATCH / statistics.median(t) for t in (ours, plain))
    yield f"append, batch 256, durable         {rate:10,.0f} entries/s"
    yield f"  plain insert of the same rows    {rows:10,.0f} rows/s"
    (folder / "log.db").unlink()
    built = folder / "built"
    built.mkdir()
    opening = stamp(built)
    proof_cold.build(built, size - 1)
    if peer:
        bulk = fill_pymerkle(built, size)
        yield f"  pymerkle, bulk, not durable      {bulk:10,.0f} entries/s"
    else:
        yield "pymerkle is not installed, and not measured"
    policy, text = receipt(built, opening)
    yield from cold(built, size, rounds, peer=peer)
    median = statistics.median(verify.verify(policy, text) for _ in range(300))
    yield f"offline verification, CPU          {median * 1e3:10.3f} ms"
    yield f"audit of the published files       {audited(built):10,.0f} entries/s"
    length = len((text + witness_line()).encode())
    yield f"receipt with one witness           {length:10,} bytes"


def main() -> None:
    """Print the figures, or (in the new process) measure pymerkle once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        folder, index = options.measure
        print(prove_pymerkle(Path(folder), int(index)))
        return
    with tempfile.TemporaryDirectory() as name:
        print(machine(Path(name)))
        print(f"{options.size:,} entries, {options.rounds} rounds")
        for line in figures(Path(name), options.size, options.rounds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
