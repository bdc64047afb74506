"""`allod serve`: answer over HTTP until told to stop."""

from typing import Annotated

import typer
import uvicorn

from kit import telemetry
from server.app import create_app
from server.cli.options import HomeOption, JsonOption, opened
from server.cli.voice import Voice


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
    as_json: JsonOption = False,
) -> None:
    """Start the server, on 127.0.0.1:8080 unless set otherwise."""
    voice = Voice(as_json=as_json)
    telemetry.configure()
    house = opened(home)
    where = house.settings.host if host is None else host
    at = house.settings.port if port is None else port
    voice.say(f"Allod listens on http://{where}:{at}, ledger {house.log.origin}")
    voice.answer({"ok": True, "host": where, "port": at, "origin": house.log.origin})
    # The server's own log would carry paths, and paths carry customers' ids.
    uvicorn.run(
        create_app(house),
        host=where,
        port=at,
        access_log=False,
        log_level="warning",
        server_header=False,
    )
