"""Servers for tests: programs of their own, and false ones in a thread of this one."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import ThreadingUnixStreamServer


class _Listening(ThreadingHTTPServer):
    # Five, which is usual, are fewer than the threads of some tests: the rest of them
    # would be asked to knock again after a second.
    request_queue_size = 64


class _ListeningPrivately(ThreadingUnixStreamServer):
    request_queue_size = _Listening.request_queue_size


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Let a handler answer on the loopback interface for a block; gives its URL.

    It says nothing of its requests on standard error.
    """
    server = _Listening(("127.0.0.1", 0), _quiet(handler))
    with _served(server):
        yield f"http://127.0.0.1:{server.server_port}"


@contextmanager
def listening_privately(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Let a handler answer at a Unix socket in a folder of its own; gives its URL."""
    with tempfile.TemporaryDirectory(prefix="allod") as private:
        path = f"{private}/server.sock"
        with _served(_ListeningPrivately(path, _quiet(handler))):
            yield f"unix://{path}"


def _quiet(handler: type[BaseHTTPRequestHandler]) -> type[BaseHTTPRequestHandler]:
    return type("Quiet", (handler,), {"log_message": lambda *_: None})


@contextmanager
def _served(server: ThreadingHTTPServer | ThreadingUnixStreamServer) -> Iterator[None]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_until_ready(child: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert child.poll() is None
        try:
            status, _ = get(port, "/health/ready")
        except OSError:
            time.sleep(0.02)
        else:
            assert status == 200
            return
    raise AssertionError("the server does not answer")


PATIENCE = 30


@contextmanager
def serving(home: Path, port: int | None = None) -> Iterator[str]:
    """Let `allod serve --init` serve a home for a block; gives its URL."""
    port = free_port() if port is None else port
    arguments = ["serve", "--init", "--home", str(home), "--port", str(port)]
    program = [sys.executable, "-c", "from server.cli import main; main()", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    silent = subprocess.DEVNULL
    with subprocess.Popen(
        program, env=environment, stdout=silent, stderr=silent
    ) as child:
        try:
            wait_until_ready(child, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            child.terminate()
            child.wait(PATIENCE)
