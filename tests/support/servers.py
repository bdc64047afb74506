"""Servers as programs of their own: a free port, a request, waiting for the first."""

import http.client
import socket
import subprocess
import time


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
