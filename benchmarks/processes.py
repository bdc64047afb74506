"""Servers to be measured: started on a free port, their CPU read, ended by their id."""

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens, and its process."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Give the CPU seconds of its whole process tree so far."""
        return sum(_cpu(pid) for pid in _tree(self.pid))

    def memory(self) -> float:
        """Give the memory of its whole process tree now, in MiB.

        Of what several processes share, each has its part (the kernel's Pss).
        """
        return sum(_resident(pid) for pid in _tree(self.pid)) / (1 << 20)

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> tuple[int, bytes]:
        """Send one request; gives status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def free_port() -> int:
    """Find a port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(
    program: Sequence[str], port: int, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start a server and wait until it accepts; it ends with the block."""
    process = subprocess.Popen(
        program,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    )
    try:
        _wait(process, port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("a server to be measured did not start")


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:  # that thread has ended meanwhile
            continue
        for child in found:
            yield from _tree(int(child))


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return 0
    sizes = [line.split()[1] for line in lines if line.startswith("Pss:")]
    return sum(map(int, sizes)) << 10


def _cpu(pid: int) -> float:
    # The name, in brackets, may hold blanks: what follows it is counted from there.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS  # utime, stime
