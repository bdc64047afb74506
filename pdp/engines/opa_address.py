"""Where an OPA server listens, and how it is known to be the one that was meant.

Whoever can answer in OPA's place answers "allow". So OPA listens at a Unix socket in a
folder that is the vault's user's alone, or shows a certificate that the settings pin.
Without either it may stand on this machine while nothing is at stake: never in
production, and never where a token would be sent to whoever holds the port.
"""

import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

from kit.errors import CannotStart
from kit.line import Far, Near, NotPrivate, Whom

LONGEST_PATH: Final = 107
"""Bytes of a Unix socket's path (unix(7): `sun_path`, with its end)."""

_PORTS: Final = {"http": 80, "https": 443}
_MARK: Final = "-----BEGIN CERTIFICATE-----"
_FIX: Final = (
    "write ALLOD_OPA_URL as unix:///run/allod-opa/opa.sock, or https://host:port with"
    " its certificate in ALLOD_OPA_CERTIFICATE; to try it out, http://127.0.0.1:8181"
)


@dataclass(frozen=True, slots=True)
class OpaAddress:
    """The other side, and whether it is known: by its folder or by its certificate."""

    whom: Whom

    @classmethod
    def parse(cls, url: str, *, certificate: Path | None = None) -> Self:
        """Read the address of OPA.

        Raises:
            CannotStart: it is none, or one where anybody else could answer.

        """
        parts = _split(url)
        if parts.scheme == "unix":
            return cls(_socket(parts))
        host = parts.hostname or ""
        if parts.netloc == "" or parts.path not in {"", "/"} or "@" in parts.netloc:
            raise _no_address("it is scheme, host and port, and nothing else")
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
        if not host or port == 0:
            raise _no_address("it names no host and port")
        if parts.scheme == "http":
            return cls(_in_clear(host, port))
        return cls(_pinned(host, port, certificate))

    @property
    def known(self) -> bool:
        """Whether nobody else can answer."""
        return isinstance(self.whom, Near) or self.whom.pinned is not None

    def require_known(self, *, because: str) -> None:
        """Check that nobody else can answer.

        Raises:
            CannotStart: somebody could; `because` says why that matters here.

        """
        if not self.known:
            raise _no_address(f"over plain http anybody could answer, and {because}")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise _no_address("it cannot be read") from None
    if parts.scheme not in {"unix", *_PORTS} or parts.query or parts.fragment:
        raise _no_address("it begins with unix://, https:// or http://")
    return parts


def _socket(parts: SplitResult) -> Near:
    path = Path(parts.path)
    if parts.netloc or not path.is_absolute() or ".." in path.parts or not path.name:
        raise _no_address("a socket is unix:// and a whole path")
    if len(str(path).encode()) > LONGEST_PATH:
        raise _no_address(f"a socket's path has at most {LONGEST_PATH} bytes")
    near = Near(path)
    try:
        near.require_private()
    except NotPrivate:
        raise CannotStart(
            "the folder of OPA's socket is not this user's alone",
            fix=f"chown {path.parent} to the vault's user and chmod 700 it, or write"
            " another path into ALLOD_OPA_URL",
        ) from None
    except OSError:
        # OPA may come later; each connection looks anew.
        return near
    return near


def _in_clear(host: str, port: int) -> Far:
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise _no_address("without TLS an OPA must run on this machine")
    return Far(host, port)


def _pinned(host: str, port: int, certificate: Path | None) -> Far:
    if certificate is None:
        raise _no_address(
            "an OPA over TLS is known by its certificate, and none is set"
        )
    try:
        text = certificate.read_text("ascii")
        if text.count(_MARK) != 1:
            raise ValueError
        der = ssl.PEM_cert_to_DER_cert(text[text.index(_MARK) :].strip())
        return Far(host, port, _context(der), der)
    except (OSError, ValueError):
        raise CannotStart(
            "the file that ALLOD_OPA_CERTIFICATE names holds no certificate",
            fix="write OPA's own certificate into it, that one alone, as PEM",
        ) from None


def _context(der: bytes) -> ssl.SSLContext:
    """Trust one certificate and nothing else; its name is not asked for, it is it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=der)
    return context


def _no_address(detail: str) -> CannotStart:
    return CannotStart(f"the address of OPA: {detail}", fix=_FIX)
