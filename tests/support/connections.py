"""A server of this process for raw connections, with bounds that tests can wait for."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from server.http.protocol import Bounds, bounded


@contextmanager
def serving(app: ASGIApp, bounds: Bounds) -> Iterator[int]:
    """Serve an application in a thread for a block; gives the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        http=bounded(bounds),
        ws="none",
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def connected(
    port: int, sent: bytes = b"", *, taken: int = 0
) -> Iterator[socket.socket]:
    """Connect, and send something; `taken` is how much the kernel may take in."""
    with socket.socket() as line:
        if taken:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, taken)
        line.settimeout(10)
        line.connect(("127.0.0.1", port))
        line.sendall(sent)
        yield line


def rest(line: socket.socket) -> bytes:
    """Read until the other end is gone, however it went."""
    data = bytearray()
    try:
        while some := line.recv(1 << 16):
            data += some
    except ConnectionResetError:
        pass
    return bytes(data)
