"""`allod witness`: cosign other people's logs, so that they keep to one history."""

from pathlib import Path
from typing import Annotated

import typer

from kit.clock import SystemClock
from kit.settings import Settings
from server.cli.options import JsonOption
from server.cli.serving import listen_on, run
from server.cli.voice import Voice
from server.witnessing import create_witness_app, make_witness, open_witness, read_key

app = typer.Typer(help="Be a witness of other people's logs.", no_args_is_help=True)

FolderArgument = Annotated[
    Path, typer.Argument(help="The witness's own folder.", show_default=False)
]


@app.command("init")
def init(
    folder: FolderArgument,
    *,
    name: Annotated[
        str,
        typer.Option(help="Its name, as in witness.example/w1.", show_default=False),
    ],
    as_json: JsonOption = False,
) -> None:
    """Make a witness: a folder with a new key, and nobody trusted yet."""
    _tell(Voice(as_json=as_json), make_witness(folder, name).verifier.vkey)


@app.command("key")
def key(folder: FolderArgument, *, as_json: JsonOption = False) -> None:
    """Show the verifier key, as trust policies list it."""
    _tell(Voice(as_json=as_json), read_key(folder).verifier.vkey)


@app.command("serve")
def serve(
    folder: FolderArgument,
    *,
    host: Annotated[str | None, typer.Option(help="The address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port to listen on.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Cosign, over HTTP, the checkpoints of the logs that the folder's list names."""
    witness = open_witness(folder, clock=SystemClock())
    # Only where to listen is read: a witness has no installation.
    settings = Settings.read()
    listening = listen_on(settings, host, port)
    voice = Voice(as_json=as_json)
    run(
        voice,
        create_witness_app(witness),
        listening,
        settings.connections,
        name=witness.verifier.name,
    )


def _tell(voice: Voice, vkey: str) -> None:
    voice.say(vkey)
    voice.answer({"ok": True, "vkey": vkey})
