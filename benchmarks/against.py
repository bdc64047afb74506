"""What the gate, the way in and the rights cost, against another checkout.

    python benchmarks/against.py OTHER [--turns 5]

OTHER is a folder with another state of the source, a worktree of git for example. Both
do the same with their own code, in turns, each turn in a process of its own and a new
home; what is compared is CPU time, for the disk is shared. Printed are the medians and
their ratio; above 1.10 is a loss that RESULTS.md has to give a reason for.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parents[1]

WORK = """
import gc, json, sys, tempfile, time
from datetime import timedelta
from pathlib import Path
from clocks import ManualClock
from houses import CASE, SUPPORT, lived_in
from server.auth.principals import Bearer, Scope

PEOPLE, IDEAS = 100, 20
PURCHASE = {"date": "2026-01-02", "quantity": 1, "amount": 2.5}
taken = {}

# A collection of the oldest generation falls into whatever is measured by chance.
gc.disable()

def timed(name, times, work):
    gc.collect()
    began = time.process_time()
    for n in range(times):
        work(n)
    taken[name] = 1e6 * (time.process_time() - began) / times

with tempfile.TemporaryDirectory() as folder, \\
        lived_in(Path(folder) / "home", ManualClock()) as scenario:
    house = scenario.house
    names = [f"c{n}" for n in range(PEOPLE)]
    timed("register", PEOPLE, lambda n: scenario.customer(names[n]))
    profiles = []
    timed(
        "put, one record",
        PEOPLE,
        lambda n: profiles.append(scenario.profile(names[n])),
    )
    for name in names:
        for _ in range(IDEAS // 10):
            scenario.idea(name)
    for _ in range(IDEAS):
        scenario.put("c0", "purchase", PURCHASE)
    scenario.read(CASE, "c0", profiles[0])
    timed("gated read", 300, lambda n: scenario.read(
        CASE, names[n % PEOPLE], profiles[n % PEOPLE]))
    timed("list of 20", 100, lambda _: house.gate.list_records(CASE, "c0", "purchase"))
    timed("scan, for each of 100 records", 20, lambda _: [
        len(page.items) for page in house.gate.scan(CASE, "profile")])
    taken["scan, for each of 100 records"] /= PEOPLE
    bearer = Bearer(SUPPORT, ("support.case",), (Scope.RECORDS_READ,))
    with house.vault_db.write() as session:
        text = house.tokens.mint(session, bearer, life=timedelta(days=2))
    timed("token look-up", 2000, lambda _: house.tokens.find(text))
    timed("grant", 50, lambda n: scenario.grant(names[n]))
    timed("withdraw", 50, lambda n: scenario.withdraw(names[n]))
    exported = scenario.subject("c1")
    timed("export", 5, lambda _: sum(
        map(len, house.exports.write(exported, asked_by="a benchmark"))))
    subjects = [scenario.subject(name) for name in names[-10:]]
    timed("erase", 10, lambda n: house.erasure.erase(subjects[n]))
print(json.dumps(taken))
"""


def turn(checkout: Path) -> dict[str, float]:
    """Do the work once with the code of a checkout; gives microseconds of CPU."""
    path = os.pathsep.join([str(checkout), str(checkout / "tests" / "support")])
    done = subprocess.run(
        [sys.executable, "-c", WORK],
        env={**os.environ, "PYTHONPATH": path},
        cwd=checkout,
        check=True,
        capture_output=True,
    )
    taken: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return taken


def main() -> None:
    """Compare this checkout with another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path)
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args()
    before, after = [], []
    for _ in range(asked.turns):
        before.append(turn(asked.other.resolve()))
        after.append(turn(HERE))
    print(f"{'CPU in µs':32}{'other':>10}{'this':>10}{'ratio':>8}")
    for name in before[0]:
        other = median(each[name] for each in before)
        this = median(each[name] for each in after)
        print(f"{name:32}{other:10.1f}{this:10.1f}{this / other:8.2f}")


if __name__ == "__main__":
    main()
