"""OPA for tests: a real server at a Unix socket, and a false one that answers anything.

The real one is found as ALLOD_TEST_OPA, on the PATH, or where `.ci/run` puts it. Each
that is started here is ended here, by its own process id.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from servers import listening, listening_privately

from kit.exchange import Exchange, Failed, HttpRequest
from kit.secret import Secret
from pdp.bundle.bundle import Bundle
from pdp.bundle.bundle_archive import SCOPE, BundleSigner, archive
from pdp.engines.opa_address import OpaAddress

VERSION = "1.20.2"
CACHED = Path.home() / ".cache" / "allod-tools" / f"opa-{VERSION}"
SIGNER = BundleSigner(Secret(b"\x07" * 32))


def require_opa() -> Path:
    """Find OPA; without it skip, and on CI fail."""
    named = os.environ.get("ALLOD_TEST_OPA") or shutil.which("opa") or CACHED
    if Path(named).is_file():
        return Path(named)
    missing = f"no opa {VERSION}: ALLOD_TEST_OPA, PATH, ~/.cache/allod-tools"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@contextmanager
def running(
    config: dict[str, Any], folder: Path, *arguments: str | Path
) -> Iterator[str]:
    """Run OPA with a configuration and further arguments; gives its URL."""
    with tempfile.TemporaryDirectory(prefix="opa") as private:
        yield from _ran(f"unix://{private}/opa.sock", config, folder, *arguments)


def _ran(
    url: str, config: dict[str, Any], folder: Path, *arguments: str | Path
) -> Iterator[str]:
    file = folder / "opa.json"
    file.write_text(json.dumps(config))
    command = [require_opa(), "run", "--server", f"--addr={url}"]
    with (folder / "opa.log").open("wb") as log:
        started = subprocess.Popen(
            [*command, "--config-file", file, "--skip-version-check", *arguments],
            stdout=log,
            stderr=log,
        )
    try:
        _wait(url, within=30)
        yield url
    finally:
        started.terminate()
        try:
            started.wait(5)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextmanager
def serving(bundle: Bundle, folder: Path, *, known: BundleSigner = SIGNER) -> Any:
    """Run OPA with a signed bundle, as far as it will load it; gives its URL."""
    packed = folder / "bundle.tar.gz"
    packed.write_bytes(archive(bundle, SIGNER))
    with running(pulling(packed.as_uri(), known), folder) as url:
        # Loaded or refused: either way that is settled a moment after the start.
        settled(url, folder / "opa.log")
        yield url


def pulling(resource: str, *known: BundleSigner) -> dict[str, Any]:
    """Configure an OPA that knows some keys and is pinned to the first."""
    signing = {"scope": SCOPE, "keyid": known[0].key_id}
    polling = {"min_delay_seconds": 1, "max_delay_seconds": 1}
    bundle = {"resource": resource, "signing": signing, "polling": polling}
    return {
        "bundles": {"allod": bundle},
        "keys": {
            each.key_id: {"algorithm": "ES256", "key": each.public_pem}
            for each in known
        },
    }


def settled(url: str, log: Path) -> None:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        text = log.read_text()
        if "Bundle loaded and activated" in text or "Bundle load failed" in text:
            return
        if "Bundle activation failed" in text:
            return
        time.sleep(0.02)
    raise AssertionError(f"{url} neither loaded nor refused its bundle")


@dataclass
class FalseOpa:
    """Answers every question as it was told, and keeps what it was asked."""

    url: str = ""
    status: int = 200
    body: bytes = b"{}"
    delay: float = 0.0
    drops: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def says(self, document: object) -> None:
        self.body = json.dumps(document).encode()


@contextmanager
def false_opa(*, privately: bool = False) -> Iterator[FalseOpa]:
    """Run a server that only looks like OPA; on the loopback, or at a Unix socket."""
    false = FalseOpa()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            false.asked.append((self.path, headers, self.rfile.read(length)))
            time.sleep(false.delay)
            self.send_response(false.status)
            for name, value in false.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(false.body)))
            self.end_headers()
            self._send(false.body)

        def _send(self, body: bytes) -> None:
            if not false.drops:
                self.wfile.write(body)
                return
            for place in range(len(body)):
                self.wfile.write(body[place : place + 1])
                self.wfile.flush()
                time.sleep(0.05)

    with (listening_privately if privately else listening)(Handler) as url:
        false.url = url
        yield false


def _wait(url: str, *, within: float) -> None:
    exchange = Exchange(OpaAddress.parse(url).whom)
    second = timedelta(seconds=1)
    asked = HttpRequest("GET", "/health", {}, None, most=1 << 16, within=second)
    until = time.monotonic() + within
    while True:
        try:
            exchange.ask(asked)
        except Failed:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
