"""Where a log is read from: a folder that mirrors it, or its address.

The one part of this package that touches files and the network; nothing else here
imports it but the program. Whatever comes back is checked, so that plain HTTP is as
good as any other way. Redirects are not followed, and no proxy is asked but one that
is named.
"""

import http.client
import threading
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from pathlib import Path

from .tiles import MAX_BUNDLE_BYTES, Fetch

TIMEOUT = 30.0

_NOT_FOUND = frozenset({404, 410})
_GZIP = 31  # zlib: a gzip header and trailer around a window of 32 KiB
_SCHEMES = ("http://", "https://")


class UnreachableError(Exception):
    """What should be read does not answer; that says nothing about the log."""


def is_address(where: str) -> bool:
    """Tell an address from a path."""
    return where.startswith(_SCHEMES)


def fetcher(where: str, *, proxy: str | None = None) -> Fetch:
    """Read a log at an address, or in a folder."""
    return web(where, proxy=proxy) if is_address(where) else folder(Path(where))


def folder(root: Path) -> Fetch:
    """Read a log's files from a folder, as `allod` mirrors them."""

    def fetch(path: str) -> bytes | None:
        try:
            with (root / path).open("rb") as file:
                return file.read(MAX_BUNDLE_BYTES + 1)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except OSError:
            raise UnreachableError("a file of the log cannot be read") from None

    return fetch


def pieces(root: Path) -> list[str]:
    """List what lies under `tile/` in a folder, as paths of the log.

    Raises:
        UnreachableError: the folder cannot be read.

    """
    try:
        found = [path for path in (root / "tile").rglob("*") if path.is_file()]
    except OSError:
        raise UnreachableError("the folder cannot be read") from None
    return [path.relative_to(root).as_posix() for path in found]


def web(address: str, *, timeout: float = TIMEOUT, proxy: str | None = None) -> Fetch:
    """Read a log at its address: `/checkpoint` and `/tile/…` are under it.

    Each answer is whole within `timeout` seconds, or there is none: a socket's own
    timeout would wait as long again for every byte.
    """
    prefix = address.rstrip("/")
    opener = _opener(proxy)

    def ask(path: str) -> bytes | None:
        request = urllib.request.Request(  # noqa: S310 - the opener knows HTTP only
            f"{prefix}/{path}", headers={"Accept-Encoding": "gzip"}
        )
        try:
            with opener.open(request, timeout=timeout) as answer:
                data = answer.read(MAX_BUNDLE_BYTES + 1)
                packed = answer.headers.get("Content-Encoding") == "gzip"
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in _NOT_FOUND:
                return None
            raise UnreachableError(f"the log answers {error.code}") from None
        except (OSError, ValueError, http.client.HTTPException):
            raise UnreachableError("the log does not answer") from None
        return _unpacked(data) if packed else data

    return lambda path: _within(timeout, lambda: ask(path))


def _within(seconds: float, ask: Callable[[], bytes | None]) -> bytes | None:
    """Wait so long for an answer and no longer, whatever keeps it."""
    answers: list[bytes | None] = []
    faults: list[UnreachableError] = []

    def run() -> None:
        try:
            answers.append(ask())
        except UnreachableError as error:
            faults.append(error)

    asking = threading.Thread(target=run, daemon=True)
    asking.start()
    asking.join(seconds)
    if faults:
        raise faults[0]
    if not answers:
        raise UnreachableError("the log does not answer in time")
    return answers[0]


def _opener(proxy: str | None) -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()
    # Left to itself the handler would ask the environment, loopback or not.
    proxies = {} if proxy is None else {"http": proxy, "https": proxy}
    for handler in (
        urllib.request.ProxyHandler(proxies),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _unpacked(data: bytes) -> bytes:
    """Unpack what came with gzip, never more than a bundle can be."""
    try:
        return zlib.decompressobj(_GZIP).decompress(data, MAX_BUNDLE_BYTES + 1)
    except zlib.error:
        raise UnreachableError("an answer of the log cannot be unpacked") from None
