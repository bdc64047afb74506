"""A line to somebody else on which nothing lasts longer, or is more, than was agreed.

A socket's own timeout is for each wait: who sends a byte now and then is never late.
Here one deadline holds for everything: looking the name up, connecting, the TLS
handshake, sending and hearing. And one bound holds for all bytes that are heard, the
head of an answer among them. What goes beyond either ends the line.
"""

import io
import os
import select
import socket
import ssl
import stat
import struct
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LONGEST_LINE: Final = 1 << 14
_CHUNK: Final = 1 << 16
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class Overlong(OSError):
    """More bytes came than were agreed."""


class NotPrivate(OSError):
    """A socket lies where somebody else could put theirs, or is somebody else's."""


@dataclass(frozen=True, slots=True)
class Far:
    """A host and port, in clear or over TLS.

    `pinned` is the one certificate (DER) that the other side may show, if it is known.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    pinned: bytes | None = None

    def connected(self, until: float) -> socket.socket:
        """Connect by a moment of the monotonic clock.

        Raises:
            OSError: there is no connection by then, or not to whom it should be.

        """
        plain = self._reached(until)
        if self.tls is None:
            return plain
        try:
            plain.settimeout(left(until))
            return self._proven(self.tls.wrap_socket(plain, server_hostname=self.host))
        except BaseException:
            plain.close()
            raise

    def _reached(self, until: float) -> socket.socket:
        failed: OSError = OSError("the name leads nowhere")
        for family, kind, number, _, address in _addresses(self.host, self.port, until):
            plain = socket.socket(family, kind, number)
            try:
                plain.settimeout(left(until))
                plain.connect(address)
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                plain.close()
                failed = error
            else:
                return plain
        raise failed

    def _proven(self, line: ssl.SSLSocket) -> ssl.SSLSocket:
        if self.pinned is not None and line.getpeercert(True) != self.pinned:
            line.close()
            raise ssl.SSLCertVerificationError("another certificate than is pinned")
        return line


@dataclass(frozen=True, slots=True)
class Near:
    """A Unix socket in a folder that is this user's alone (mode 0700)."""

    path: Path

    def connected(self, until: float) -> socket.socket:
        """Connect by a moment of the monotonic clock.

        Raises:
            NotPrivate: others could have put a socket there.
            OSError: nobody answers at it by then.

        """
        self.require_private()
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.settimeout(left(until))
            line.connect(str(self.path))
            _require_own(line)
        except BaseException:
            line.close()
            raise
        return line

    def require_private(self) -> None:
        """Check the folder.

        Raises:
            NotPrivate: it is another user's, open to others, or a link.
            OSError: it is not there.

        """
        found = self.path.parent.lstat()
        private = stat.S_ISDIR(found.st_mode) and not found.st_mode & _OTHERS
        if not private or found.st_uid != os.geteuid():
            raise NotPrivate("the socket's folder is not this user's alone")


def _require_own(line: socket.socket) -> None:
    """Check that who listens is this user, or root; where the system can tell."""
    if sys.platform != "linux":
        return
    given = line.getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")
    )
    _, user, _ = struct.unpack("3i", given)
    if user not in {0, os.geteuid()}:
        raise NotPrivate("another user listens at the socket")


Whom = Far | Near


class SocketLine:
    """What `http.client` takes for a socket."""

    def __init__(self, plain: socket.socket) -> None:
        self._plain = plain
        self._held = bytearray()
        self._until = 0.0
        self._most = 0

    def agree(self, until: float, most: int) -> None:
        """Agree until when the next exchange lasts, and how many bytes are heard."""
        self._until, self._most = until, most

    def sendall(self, data: bytes) -> None:
        """Send all of it within the deadline."""
        view = memoryview(data)
        while view:
            self._plain.settimeout(left(self._until))
            view = view[self._plain.send(view[:_CHUNK]) :]

    def makefile(self, _mode: str) -> "Ear":
        """Give what is heard, as a file."""
        return Ear(self)

    def line(self, limit: int) -> bytes:
        """Hear one line, with its end.

        Raises:
            Overlong: it has no end for so many bytes.
            ConnectionError: the other side hung up before its end.

        """
        while (place := self._held.find(b"\n")) < 0:
            if len(self._held) >= limit:
                raise Overlong("a line does not end")
            if not self._heard():
                raise ConnectionResetError("hung up in the middle of a line")
        return self._taken(place + 1)

    def octets(self, amount: int) -> bytes:
        """Hear so many bytes; fewer if the other side hung up."""
        while len(self._held) < amount and self._heard():
            pass
        return self._taken(amount)

    @property
    def idle(self) -> bool:
        """Whether it is open, and nothing was said that nobody asked for."""
        if self._held or self._plain.fileno() < 0:
            return False
        if isinstance(self._plain, ssl.SSLSocket) and self._plain.pending():
            return False
        poller = select.poll()
        poller.register(self._plain, select.POLLIN | select.POLLHUP | select.POLLERR)
        return not poller.poll(0)

    def close(self) -> None:
        """Do nothing: `http.client` takes its leave before it has heard everything."""

    def hang_up(self) -> None:
        """End the line."""
        with suppress(OSError):
            self._plain.close()

    def _heard(self) -> bool:
        self._plain.settimeout(left(self._until))
        part = self._plain.recv(_CHUNK)
        self._most -= len(part)
        if self._most < 0:
            raise Overlong("more came than was agreed")
        self._held += part
        return bool(part)

    def _taken(self, amount: int) -> bytes:
        taken = bytes(self._held[:amount])
        del self._held[:amount]
        return taken


class Ear(io.BufferedIOBase):
    """The part of a file that `http.client` reads an answer by; ends with no line."""

    def __init__(self, line: SocketLine) -> None:
        self._line = line

    def readline(self, size: int | None = -1, /) -> bytes:
        """Hear a line; none is as long as a file's might be."""
        longest = LONGEST_LINE if size is None or size < 0 else size
        return self._line.line(min(longest, LONGEST_LINE))

    def read(self, size: int | None = -1, /) -> bytes:
        """Hear so many bytes, or all until the other side hangs up."""
        return self._line.octets(sys.maxsize if size is None or size < 0 else size)


def left(until: float) -> float:
    """Give the seconds that are left until a moment of the monotonic clock.

    Raises:
        TimeoutError: none are.

    """
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the deadline has passed")
    return seconds


_Address = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]


def _addresses(host: str, port: int, until: float) -> list[_Address]:
    """Look a name up; the resolver has no deadline of its own, so a thread asks it."""
    found: list[_Address] = []

    def ask() -> None:
        with suppress(OSError, UnicodeError):
            # Its stubs allow for addresses of families that no stream has.
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))  # type: ignore[arg-type]

    asking = threading.Thread(target=ask, name="resolver", daemon=True)
    asking.start()
    asking.join(left(until))
    if asking.is_alive():
        raise TimeoutError("the name was not looked up in time")
    return found
