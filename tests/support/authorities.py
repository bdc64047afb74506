"""A time-stamping authority for tests: `openssl ts`, with certificates of its own.

`Authority` makes a root, and a certificate for stamping under it, and answers requests
(RFC 3161) with the program that everybody has. `serving` puts one behind HTTP on the
loopback interface.
"""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from servers import listening

EKU = "critical,timeStamping"

_CONFIG = """
[ req ]
distinguished_name = dn
[ dn ]
[ ca ]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[ leaf ]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
{eku}
[ tsa ]
default_tsa = tsa1
[ tsa1 ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = {digest}
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1, millisecs:500
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = {ess}
"""


def openssl(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("openssl")
    if program is None:
        pytest.fail("openssl is missing")
    return subprocess.run(
        [program, *map(str, arguments)], capture_output=True, check=False, timeout=60
    )


def _must(*arguments: str | Path) -> None:
    done = openssl(*arguments)
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True)
class Authority:
    """One authority in its folder; `made` makes it."""

    folder: Path

    @classmethod
    def made(
        cls,
        folder: Path,
        *,
        key: tuple[str, ...] = ("rsa:2048",),
        eku: str = EKU,
        days: int = 3650,
        digest: str = "sha256",
        ess: str = "sha256",
        through: bool = False,
    ) -> "Authority":
        """Make keys and certificates; `through` puts a second authority in between."""
        folder.mkdir(parents=True)
        usage = f"extendedKeyUsage = {eku}" if eku else ""
        config = folder / "openssl.cnf"
        config.write_text(
            _CONFIG.format(folder=folder, eku=usage, digest=digest, ess=ess)
        )
        (folder / "serial").write_text("01\n")
        made = cls(folder)
        made._root(key)
        signer = "root"
        if through:
            made._certificate("between", "ca", "root", key, 3650)
            signer = "between"
        made._certificate("tsa", "leaf", signer, key, days)
        names = ("root", "between") if through else ("root",)
        (folder / "chain.pem").write_bytes(
            b"".join((folder / f"{name}.pem").read_bytes() for name in names)
        )
        return made

    @property
    def chain(self) -> bytes:
        return (self.folder / "chain.pem").read_bytes()

    def answer(self, request: bytes, *options: str) -> bytes:
        query, reply = self.folder / "query.tsq", self.folder / "reply.tsr"
        query.write_bytes(request)
        config = self.folder / "openssl.cnf"
        _must(
            *("ts", "-reply", "-config", config, "-section", "tsa1"),
            *("-queryfile", query, "-out", reply, *options),
        )
        return reply.read_bytes()

    def over(self, text: str) -> bytes:
        """Stamp a text without being asked for a nonce."""
        data, query = self.folder / "data", self.folder / "own.tsq"
        data.write_text(text)
        _must(
            *("ts", "-query", "-data", data, "-sha256", "-cert", "-no_nonce"),
            *("-out", query),
        )
        return self.answer(query.read_bytes())

    def _root(self, key: tuple[str, ...]) -> None:
        _must(
            *("req", "-x509", "-config", self.folder / "openssl.cnf"),
            *("-newkey", *key, "-nodes", "-days", "7300", "-extensions", "ca"),
            *("-subj", "/O=Test/CN=Test root", "-keyout", self.folder / "root.key"),
            *("-out", self.folder / "root.pem"),
        )

    def _certificate(
        self, name: str, section: str, signer: str, key: tuple[str, ...], days: int
    ) -> None:
        config, wish = self.folder / "openssl.cnf", self.folder / f"{name}.csr"
        _must(
            *("req", "-new", "-config", config, "-newkey", *key, "-nodes"),
            *("-subj", f"/O=Test/CN=Test {name}", "-out", wish),
            *("-keyout", self.folder / f"{name}.key"),
        )
        _must(
            *("x509", "-req", "-in", wish, "-days", str(days)),
            *("-CA", self.folder / f"{signer}.pem"),
            *("-CAkey", self.folder / f"{signer}.key", "-CAcreateserial"),
            *("-extfile", config, "-extensions", section),
            *("-out", self.folder / f"{name}.pem"),
        )


@dataclass
class Served:
    """An authority behind HTTP: what it is asked, and how it answers."""

    url: str = ""
    status: int = 200
    media: str = "application/timestamp-reply"
    answer: Callable[[bytes], bytes] = bytes
    drop: int = 1 << 20
    pause: float = 0.0
    asked: list[bytes] = field(default_factory=list)


@contextmanager
def serving(answer: Callable[[bytes], bytes]) -> Iterator[Served]:
    """Serve an authority on the loopback interface for the length of a block."""
    served = Served(answer=answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            served.asked.append(asked)
            body = served.answer(asked)
            self.send_response(served.status)
            self.send_header("Content-Type", served.media)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):
                for place in range(0, len(body), served.drop):
                    self.wfile.write(body[place : place + served.drop])
                    time.sleep(served.pause)

    with listening(Handler) as url:
        served.url = f"{url}/tsa"
        yield served
