"""A file of many lines, by `allod import`: rate, memory, and kill -9 on the way.

    python benchmarks/import.py [--lines N] [--customers N] [--kills N] [--seed N]

Each line is a purchase; the lines go round the customers, so that as many are new as
`--customers` says. With `--kills` the program is killed (SIGKILL) when it has come to
as many random lines, and started again; the figure is then that of the last start
alone. In the end the account has to sum to the file and the store to hold what the
table says, and the same file again has to write nothing.
"""

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probe import machine

from kit.settings import Settings
from server.house.init import found_house

FLOOR = 3_000
POLL = 0.02
ROOT = Path(__file__).parents[1]
MAP = """\
version: 1
format: csv
header: true
customer: {columns: [who], region: eu, minor: "no"}
records:
  purchase:
    fields:
      date: {column: day, type: date}
      quantity: {column: pieces, type: integer}
      amount: {column: sum, type: decimal}
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One start of the program: its report, if it came to its end, and what it took."""

    report: dict[str, Any] | None
    seconds: float
    peak: int


def write(file: Path, lines: int, customers: int) -> None:
    """Write the table: every line another purchase, but for what chance repeats."""
    with file.open("w", encoding="ascii") as out:
        out.write("who,day,pieces,sum\n")
        out.writelines(
            f"c{n % customers},2026-{1 + n % 12:02}-{1 + n % 28:02}"
            f",{n % 9},{n % 997}.50\n"
            for n in range(lines)
        )


def start(home: Path, map_: Path, file: Path, *, until: int | None = None) -> Run:
    """Run the program to its end, or kill it when it has come to a line."""
    program = "from server.cli import main; main()"
    arguments = ["import", "--home", str(home), "--map", str(map_), str(file), "--json"]
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        peak = 0
        while child.poll() is None:
            peak = max(peak, resident(child.pid))
            if until is not None and line_of(home) >= until:
                child.send_signal(signal.SIGKILL)
                child.wait()
            time.sleep(POLL)
        said = child.stdout.read() if child.stdout is not None else b""
    report = json.loads(said) if child.returncode == 0 else None
    return Run(report, time.perf_counter() - began, peak)


def resident(pid: int) -> int:
    """Give the most memory that a process had until now, in bytes."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0
    found = [line.split()[1] for line in text.splitlines() if "VmHWM" in line]
    return int(found[0]) * 1024 if found else 0


def line_of(home: Path) -> int:
    """Tell how far an import is."""
    return count(home, "SELECT coalesce(max(line), 0) FROM vault_import_run")


def count(home: Path, statement: str) -> int:
    """Ask the data store for a number."""
    path = home / "data" / "vault.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        return int(store.execute(statement).fetchone()[0])


def measured(folder: Path, options: argparse.Namespace) -> Iterator[str]:
    """Import, with or without being killed, and look at what has come of it."""
    home, file, map_ = folder / "home", folder / "in.csv", folder / "map.yaml"
    found_house(Settings(home=home))
    write(file, options.lines, options.customers)
    map_.write_text(MAP, encoding="ascii")
    points = random.Random(options.seed).sample(range(options.lines), options.kills)
    killed = [start(home, map_, file, until=each) for each in sorted(points)]
    last = start(home, map_, file)
    yield from figures(options, killed, last)
    again = start(home, map_, file)
    require(home, options, last, again)
    yield f"repeated: nothing written, {again.seconds:8.1f} s"


def figures(options: argparse.Namespace, killed: list[Run], last: Run) -> Iterator[str]:
    """Say what it took."""
    report = last.report or {}
    lines = report["lines"] - report["resumed_at"]
    rate = lines / last.seconds
    met = "met" if rate >= FLOOR else "NOT MET"
    peak = max(each.peak for each in [*killed, last]) / (1 << 20)
    yield f"lines {options.lines:,}, customers {options.customers:,}"
    yield f"killed {sum(each.report is None for each in killed)} times of {len(killed)}"
    before = report["resumed_at"]
    yield f"{lines:,} lines in {last.seconds:.1f} s; read again: {before:,}"
    yield f"{rate:,.0f} lines/s  ({met}: {FLOOR:,}/s)"
    yield f"most memory {peak:,.0f} MiB"


def require(home: Path, options: argparse.Namespace, last: Run, again: Run) -> None:
    """Stop unless each line is one record, and the file again writes nothing."""
    first, second = last.report or {}, again.report or {}
    people = min(options.customers, options.lines)
    found = (
        *(first["written"], first["skipped"], first["customers"]),
        *(second["already"], second["written"]),
        count(home, "SELECT count(*) FROM vault_record"),
        count(home, "SELECT count(*) FROM vault_subject"),
    )
    wanted = (options.lines, 1, people, options.lines, 0, options.lines, people)
    if found != wanted:
        raise SystemExit(f"the import is not what it should be: {found}, not {wanted}")


def main() -> None:
    """Measure, and say on which machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=24_000)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        print(machine(folder))
        for line in measured(folder, options):
            print(line, flush=True)
    print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
