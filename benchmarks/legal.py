"""What a lawyer waits for: each command as a shell runs it, with CPU and wall time.

    python benchmarks/legal.py [--rounds N]

On an empty home, with one mask of the shipped policies drawn closer. The wall time is
that of the best of N rounds; `propose` is run once, because it can be only once.
Targets on two idle cores: a start 0.5 s of CPU, `history` and `impact` 1 s, `propose`
20 s.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from probe import machine

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-c", "from server.cli import main; main()"]
OLD, NEW = '"contact": "last4"', '"contact": "drop"'


def main() -> None:
    """Make an empty home and a folder of policies, and run what legal runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        print(machine(Path(folder)))
        measure(Path(folder), rounds)


def measure(folder: Path, rounds: int) -> None:
    """Go through the commands of one change, in the order in which they are given."""
    home, mine = folder / "home", folder / "mine"
    shutil.copytree(ROOT / "policies", mine)
    run("init", "--home", home)
    minted = folder / "ann.token"
    minted.write_text(token(home), "ascii")
    step("--help", rounds, "--help")
    step("verify (nothing)", rounds, "verify", folder / "none", may_fail=True)
    step("policy lint", rounds, "policy", "lint", "--policies", mine)
    step("policy history", rounds, "policy", "history", "--home", home)
    tables = mine / "tables" / "data.json"
    tables.write_text(tables.read_text("utf-8").replace(OLD, NEW), "utf-8")
    shown = ("policy", "impact", "--policies", mine, "--home", home)
    step("policy impact, empty home", rounds, *shown)
    run("policy", "accept", mine, may_fail=True)
    asked = ("policy", "propose", mine, "--token-file", minted, "--home", home)
    step("policy propose", 1, *asked)


def token(home: Path) -> str:
    """Mint a token for one who may propose."""
    named = ("--role", "legal", "--scope", "policies:propose", "--json")
    called = ("token", "new", "staff", "ann", *named, "--home", str(home))
    ran = subprocess.run([*PROGRAM, *called], check=True, capture_output=True)
    return str(json.loads(ran.stdout)["token"])


def step(
    name: str, rounds: int, *arguments: str | Path, may_fail: bool = False
) -> None:
    """Print the best of some rounds."""
    times = [run(*arguments, may_fail=may_fail) for _ in range(rounds)]
    wall, cpu = min(times)
    print(f"{name:28} {wall:7.2f} s wall {cpu:7.2f} s CPU", flush=True)


def run(*arguments: str | Path, may_fail: bool = False) -> tuple[float, float]:
    """Run one command; gives its wall time and the CPU time of it and its children."""
    before, begun = _spent(), time.perf_counter()
    subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        cwd=ROOT,
        check=not may_fail,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - begun, _spent() - before


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
