"""The parent's end of the engine's process: a frame out, a frame in, or a kill.

A plain subprocess, not `multiprocessing`: without a main guard that one dies, with
fork the child outlives its parent, and a killed parent left it spinning. One exchange
at a time; whatever interrupts an exchange kills the child, because an answer that
arrives later would be taken for the answer to the next question.
"""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from pdp.decision.decision import Undecided

SCRIPT = Path(__file__).with_name("engine_child.py").resolve()
# A frame, in both directions: so many bytes of length, big endian, then JSON. The child
# has the same number in its own text, for it imports nothing of ours.
HEADER = 4
FRAME_LIMIT = 64 << 20
CHUNK = 1 << 16


class EngineProcess:
    """A running child. Not for several threads at once: its owner holds a lock."""

    def __init__(self) -> None:
        # A fork copies this object and both pipes: two processes would read each
        # other's answers. So it is usable only in the process that started the child.
        self._owner = os.getpid()
        self._process = _spawned()
        if self._process.stdin is None or self._process.stdout is None:
            raise Undecided("the engine has no pipes", code="gate.child_died")
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        os.set_blocking(self._stdin.fileno(), False)
        os.set_blocking(self._stdout.fileno(), False)

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether it can be asked: alive, and started by this very process."""
        return self._owner == os.getpid() and self._process.poll() is None

    def ask(self, message: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Send one message and wait for its reply, `deadline` seconds in all.

        Raises:
            Undecided: `gate.timeout` or `gate.child_died`; the child is gone then.

        """
        if not self.usable:
            raise _died()
        # One deadline for all of it: a child that trickles is as late as one that is
        # silent.
        until = time.monotonic() + deadline
        # The child has it too, and ends itself if its parent is gone before.
        body = json.dumps({**message, "deadline": deadline}).encode()
        try:
            self._write(len(body).to_bytes(HEADER) + body, until)
            length = int.from_bytes(self._read(HEADER, until))
            # Before a byte of it is kept: the length is the child's word.
            if length > FRAME_LIMIT:
                raise Undecided("the reply is too long", code="gate.engine_error")
            reply = json.loads(self._read(length, until))
            if not isinstance(reply, dict):
                raise Undecided("the reply is no object", code="gate.engine_error")
        # An interrupt as well: half an answer is in the pipe, and the next question
        # would be given the rest of it.
        except BaseException:
            self.close()
            raise
        return reply

    def close(self) -> None:
        """End the child and reap it; in a forked copy, only let go of the pipes."""
        if self._owner == os.getpid():
            # The owner alone: a copy's `kill` would end its parent's engine.
            self._process.kill()
            self._process.wait()
        self._stdin.close()
        self._stdout.close()

    def _write(self, data: bytes, until: float) -> None:
        view = memoryview(data)
        while view:
            _await(self._stdin.fileno(), select.POLLOUT, until)
            try:
                view = view[os.write(self._stdin.fileno(), view[:CHUNK]) :]
            # `poll` said there is room, but not for a whole piece: asked again.
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise _died() from None

    def _read(self, length: int, until: float) -> bytes:
        data = bytearray()
        while len(data) < length:
            _await(self._stdout.fileno(), select.POLLIN, until)
            part = os.read(self._stdout.fileno(), min(CHUNK, length - len(data)))
            if not part:
                raise _died()
            data += part
        return bytes(data)


def _spawned() -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - our own script, our own python
            [sys.executable, "-I", str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            # A signal to the terminal's group is the parent's to answer; it ends the
            # child.
            start_new_session=True,
        )
    except OSError:
        raise Undecided("the engine cannot start", code="gate.child_died") from None


def _await(descriptor: int, event: int, until: float) -> None:
    poller = select.poll()
    poller.register(descriptor, event)
    left = until - time.monotonic()
    if left <= 0 or not poller.poll(left * 1000):
        raise Undecided("the policy engine is late", code="gate.timeout")


def _died() -> Undecided:
    return Undecided("the policy engine's process ended", code="gate.child_died")
