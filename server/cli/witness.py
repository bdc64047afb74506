"""`allod witness`: cosign other people's logs, so that they keep to one history."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from kit.clock import SystemClock
from kit.settings import Settings
from ledger.formats.signing import COSIGNATURE, ML_DSA_44, Cosigner
from server.cli.console import Console
from server.cli.options import JsonOption
from server.cli.serve import listen_on, run
from server.roles.witness_keys import add_second_key, read_keys
from server.roles.witnessing import create_witness_app, make_witness, open_witness

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
    """Make a witness: a folder with new keys, and nobody trusted yet."""
    _tell(Console(as_json=as_json), make_witness(folder, name))


@app.command("key")
def key(folder: FolderArgument, *, as_json: JsonOption = False) -> None:
    """Show the verifier keys, as trust policies list them: one or the other."""
    _tell(Console(as_json=as_json), read_keys(folder))


@app.command("upgrade")
def upgrade(folder: FolderArgument, *, as_json: JsonOption = False) -> None:
    """Give a witness of an earlier version an ML-DSA-44 key beside its first."""
    _tell(Console(as_json=as_json), add_second_key(folder))


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
    voice = Console(as_json=as_json)
    run(
        voice,
        create_witness_app(witness),
        listening,
        settings.connections,
        name=witness.verifiers[0].name,
    )


def _tell(voice: Console, keys: Sequence[Cosigner]) -> None:
    vkeys = {each.verifier.algorithm: each.verifier.vkey for each in keys}
    for vkey in vkeys.values():
        voice.say(vkey)
    second = vkeys.get(ML_DSA_44)
    voice.answer({"ok": True, "vkey": vkeys[COSIGNATURE], "ml_dsa_44": second})
