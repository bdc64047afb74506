"""What this machine's disk and processor do by themselves, to read the figures by.

    python benchmarks/probe.py [--folder DIR]

Prints the time of one fsync of 4 KiB (median and 99th percentile) and the rate of
SHA-256 over 64-byte inputs. Every figure for durable work is bounded by the first.
"""

import argparse
import hashlib
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

ROUNDS = 200


def fsync_times(folder: Path, rounds: int = ROUNDS) -> list[float]:
    """Time `rounds` writes of 4 KiB, each with its fsync; seconds, sorted."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(rounds):
            started = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
    return sorted(times)


def hash_rate(count: int = 200_000) -> float:
    """Hash `count` inputs of 64 bytes; gives hashes per second."""
    data, started = bytes(64), time.perf_counter()
    for _ in range(count):
        hashlib.sha256(data).digest()
    return count / (time.perf_counter() - started)


def machine(folder: Path) -> str:
    """Describe the machine in one line, with its fsync."""
    times = fsync_times(folder)
    median, worst = statistics.median(times), times[int(len(times) * 0.99)]
    return (
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python"
        f" {platform.python_version()}, fsync {median * 1e3:.2f} ms"
        f" (p99 {worst * 1e3:.2f}), SHA-256 {hash_rate() / 1e6:.2f} M/s"
    )


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    print(machine(parser.parse_args().folder))


if __name__ == "__main__":
    main()
