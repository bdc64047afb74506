"""`allod serve`: answer over HTTP until told to stop."""

import errno
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated, Final, NoReturn

import typer
import uvicorn
from starlette.types import ASGIApp

from kit import telemetry
from kit.errors import CannotStart
from kit.home import Home
from kit.settings import Settings
from server.app import create_app
from server.cli.console import Answered, Console, ExitCode
from server.cli.options import HomeOption, JsonOption, opened
from server.house.init import found_house
from server.house.passphrase import passphrase
from server.http.protocol import Bounds, bounded
from server.ops.doctor import DECIDE, UNDECIDED
from server.roles.auditing import create_public_app, open_public

GRACE_SECONDS: Final = 5
"""How long requests under way are waited for, once the server is told to stop."""
THREADS_SECONDS: Final = 2
"""How long threads are waited for that still work for a caller, after that."""
LAST_SECONDS: Final = 9.0
"""After how long it ends, whatever still waits for whatever."""
SWITCH_SECONDS: Final = 0.0005
"""How long a thread that computes (a policy trial) keeps the interpreter for itself.

A read gives it away some twenty times, and waited five milliseconds for it each time.
"""
KERNEL_BYTES: Final = 128 << 10
_WHY: Final = {
    errno.EADDRINUSE: (
        "something else does so already",
        "stop what listens there, or choose another --port",
    ),
    errno.EACCES: (
        "the port is for the superuser",
        "choose a --port from 1024 on, with a proxy before it",
    ),
    errno.EADDRNOTAVAIL: (
        "it is no address of this machine",
        "choose another --host",
    ),
}


class Role(StrEnum):
    """What a server process serves."""

    HOUSE = "house"
    AUDIT = "audit"


def add_to(app: typer.Typer) -> None:
    """Put the command into an application."""
    app.command("serve")(serve)


def serve(
    *,
    home: HomeOption = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port to listen on.")
    ] = None,
    init: Annotated[
        bool, typer.Option("--init", help="Make the installation if there is none.")
    ] = False,
    role: Annotated[
        Role, typer.Option(help="Everything, or the ledger's public side alone.")
    ] = Role.HOUSE,
    as_json: JsonOption = False,
) -> None:
    """Start the server, on 127.0.0.1:8080 unless set otherwise.

    With --role=audit it serves the ledger's public side and has no key: it never
    looks into keys/, and of the data store it can read the ledger's tables alone.
    """
    voice = Console(as_json=as_json)
    if role is Role.AUDIT:
        _serve_public(voice, home, host, port)
        return
    if init:
        _found_once(home)
    house = opened(home)
    if not house.decides_writes:
        voice.warn(f"{UNDECIDED}; {DECIDE}")
    try:
        listening = listen_on(house.settings, host, port)
    except CannotStart:
        house.close()
        raise
    run(
        voice,
        create_app(house),
        listening,
        house.settings.connections,
        origin=house.log.origin,
    )


def _serve_public(
    voice: Console, home: Path | None, host: str | None, port: int | None
) -> None:
    settings = Settings.read(home=home)
    auditing = open_public(Home(settings.home))
    try:
        listening = listen_on(settings, host, port)
    except CannotStart:
        auditing.close()
        raise
    run(
        voice,
        create_public_app(auditing, settings),
        listening,
        settings.connections,
        role=Role.AUDIT.value,
    )


def run(
    voice: Console,
    app: ASGIApp,
    listening: socket.socket,
    connections: int,
    **told: str,
) -> None:
    """Serve until told to stop, and say first where; no request is ever logged."""
    telemetry.configure()
    sys.setswitchinterval(SWITCH_SECONDS)
    where, at = listening.getsockname()[:2]
    what = ", ".join(f"{name} {value}" for name, value in told.items())
    voice.say(f"Allod listens on http://{where}:{at}, {what}")
    voice.answer({"ok": True, "host": where, "port": at, **told})
    # No log of requests: paths carry customers' ids.
    config = uvicorn.Config(
        app,
        http=bounded(Bounds(connections=connections)),
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = Server(config)
    with suppress(SystemExit):  # how the framework ends a life that did not begin
        server.run(sockets=[listening])
    leave(server.outcome)
    if server.outcome:
        raise Answered(server.outcome)


class Server(uvicorn.Server):
    """A server that is told to stop ends in order: that is no death by a signal."""

    _last: threading.Timer | None = None

    @property
    def outcome(self) -> ExitCode:
        """How its life ended: in order, or the house was not opened or closed so."""
        failures = ("startup_failed", "shutdown_failed")
        failed = any(getattr(self.lifespan, each, False) for each in failures)
        return ExitCode.INTERNAL if failed else ExitCode.OK

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; what was asked for by the signal is done then."""
        super().handle_exit(sig, frame)
        self._captured_signals.clear()
        if self._last is None:
            self._last = threading.Timer(LAST_SECONDS, self._cut_off)
            self._last.daemon = True
            self._last.start()

    def _cut_off(self) -> None:
        """End now: in order, if the house was closed, which it is when life is over."""
        over = getattr(self.lifespan, "shutdown_event", None)
        if over is not None and over.is_set():
            _end(self.outcome)
        telemetry.alarm("the server did not come to its end in time")
        _end(ExitCode.UNAVAILABLE)


def leave(code: ExitCode) -> None:
    """End the process with a code, though a thread of it still works for a caller.

    Everything is closed and published by now; what is cut off here was going to be
    told that the house is closed.
    """
    until = time.monotonic() + THREADS_SECONDS
    own = threading.current_thread()
    for thread in threading.enumerate():
        if thread is not own and not thread.daemon:
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                _end(code)


def _end(code: ExitCode) -> NoReturn:
    sys.stdout.flush()
    os._exit(code)


def listen_on(settings: Settings, host: str | None, port: int | None) -> socket.socket:
    """Listen where the options say, or else the settings.

    Raises:
        CannotStart: the address cannot be listened on.

    """
    where = settings.host if host is None else host
    return _listen(where, settings.port if port is None else port)


def _not_listening(error: OSError, host: str, port: int) -> CannotStart:
    why, fix = _WHY.get(error.errno or 0, ("the system refuses it", "choose another"))
    name = errno.errorcode.get(error.errno or 0, "")
    detail = f"{host}:{port} cannot be listened on: {why}"
    return CannotStart(f"{detail} ({name})" if name else detail, fix=fix)


def _found_once(home: Path | None) -> None:
    settings = Settings.read(home=home)
    if not Home(settings.home).exists:
        found_house(settings, passphrase=passphrase())


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise _not_listening(error, host, port) from None
    # Small answers are sent when they are ready, not when the next one is.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # What the kernel holds for a reader who does not read is beyond recall, so it is
    # little; each connection takes the option over from here.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
    return listening
