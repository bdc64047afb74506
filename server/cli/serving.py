"""`allod serve`: answer over HTTP until told to stop."""

import socket
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from kit import telemetry
from kit.errors import CannotStart
from kit.home import Home
from kit.settings import Settings
from server.app import create_app
from server.cli.options import HomeOption, JsonOption, opened
from server.cli.voice import Voice
from server.founding import found_house
from server.passphrase import passphrase


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
    as_json: JsonOption = False,
) -> None:
    """Start the server, on 127.0.0.1:8080 unless set otherwise."""
    voice = Voice(as_json=as_json)
    if init:
        _found_once(home)
    house = opened(home)
    where = house.settings.host if host is None else host
    at = house.settings.port if port is None else port
    try:
        listening = _listen(where, at)
    except CannotStart:
        house.close()
        raise
    telemetry.configure()
    voice.say(f"Allod listens on http://{where}:{at}, ledger {house.log.origin}")
    voice.answer({"ok": True, "host": where, "port": at, "origin": house.log.origin})
    # No log of requests: paths carry customers' ids.
    config = uvicorn.Config(
        create_app(house), access_log=False, log_level="warning", server_header=False
    )
    uvicorn.Server(config).run(sockets=[listening])


def _found_once(home: Path | None) -> None:
    settings = Settings.read(home=home)
    if not Home(settings.home).exists:
        found_house(settings, passphrase=passphrase())


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError:
        raise CannotStart(
            "the address cannot be listened on; something else may do so already",
            fix="stop what listens there, or choose another --port",
        ) from None
    # Small answers are sent when they are ready, not when the next one is.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
