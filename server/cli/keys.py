"""`allod keys`: what keys there are, and their rotation. Never a secret byte of one."""

from enum import StrEnum
from pathlib import Path
from textwrap import indent
from typing import Annotated, Any, Final

import typer

from kit.clock import from_unix, iso
from kit.errors import Conflict, Invalid
from kit.home import Home
from kit.settings import Settings
from pdp.bundle.bundle_archive import SCOPE
from server.cli.console import Console
from server.cli.options import HomeOption, JsonOption, opened
from server.house.passphrase import VARIABLE, passphrase, passphrase_in
from vault.keys.keys import Key, pem_file
from vault.open import Keys, change_passphrase

app = typer.Typer(help="List, show and rotate the keys.", no_args_is_help=True)


class Signing(StrEnum):
    """Keys that outsiders verify with."""

    LEDGER = "ledger"
    ML_DSA = "ml-dsa"
    BUNDLE = "bundle"


class Rotated(StrEnum):
    """Keys that can be rotated."""

    ROOT = "root"
    LEDGER = "ledger"
    ML_DSA = "ml-dsa"
    BUNDLE = "bundle"


_AFTER_ROTATION: Final = {
    Rotated.ROOT: "The older version wraps nothing any more. Back up keys/root.key."
    " When no backup of keys/ from before is to be opened again:"
    " `allod keys destroy-root VERSION`.",
    Rotated.LEDGER: "Checkpoints bear both signatures from now on; a server that runs"
    " follows within a minute. Publish the new key beside the old one"
    " (`allod keys show ledger`); when verifiers have it: `allod keys retire ledger`.",
    Rotated.ML_DSA: "Checkpoints bear this key's signature too from now on; a server"
    " that runs follows within a minute. Publish the key (`allod keys show ml-dsa`)."
    " `allod keys retire ml-dsa` ends the older one's use, and that of the only one.",
    Rotated.BUNDLE: "The bundle is to be had under either key. Write OPA's"
    " configuration anew (`allod keys show bundle --opa`) and start OPA again;"
    " then: `allod keys retire bundle`.",
}

_FOR_GOOD: Final = (
    "Backups of keys/ from before the rotation can then be opened only with a copy of"
    " keys/root.key from before. Destroy this version for good?"
)

_OPA: Final = """\
bundles:
  allod:
    service: vault
    resource: {resource}?key={key_id}
    polling:
      min_delay_seconds: 1
      max_delay_seconds: 1
    signing:
      keyid: {key_id}
      scope: {scope}
keys:
  {key_id}:
    algorithm: {algorithm}
    key: |
{pem}"""


@app.command("list")
def list_(*, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the keys of the installation: what for, since when, in which state."""
    voice = Console(as_json=as_json)
    with opened(home) as house:
        found = house.vault.keys.all()
    width = max(len(key.name) for key in found)
    for key in found:
        created = (_time(key.created) or "-")[:10]
        head = f"{key.name:<{width}} {key.number:>3}  {key.state:<8} {created:<10}"
        voice.say(
            f"{head}  {key.algorithm:<11}  {key.key_id or '-':<22}  {key.purpose}"
        )
    voice.answer({"ok": True, "items": [_described(key) for key in found]})


@app.command()
def show(
    name: Annotated[Signing, typer.Argument(help="Which keys.")],
    *,
    opa: Annotated[
        bool,
        typer.Option("--opa", help="As a part of OPA's configuration."),
    ] = False,
    rehearsal: Annotated[
        bool,
        typer.Option(
            "--rehearsal",
            help="With --opa: for the one on which policies are tried before.",
        ),
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the public halves: PEM for the bundle, verifier keys for the ledger."""
    voice = Console(as_json=as_json)
    if opa and name is not Signing.BUNDLE:
        raise Invalid("OPA verifies bundles alone", fix="`allod keys show bundle`")
    with opened(home) as house:
        found = house.vault.keys.public(name)
    if not found:
        raise Conflict(
            "there is no key of this name", fix=f"`allod keys rotate {name}`"
        )
    if opa:
        voice.say(_for_opa(found[-1], rehearsal=rehearsal).rstrip())
    elif name is Signing.BUNDLE:
        voice.say(pem_file(found).rstrip())
    else:
        voice.say("\n".join(key.public for key in found))
    voice.answer({"ok": True, "items": [_described(key) for key in found]})


@app.command()
def rotate(
    name: Annotated[Rotated, typer.Argument(help="Which key.")],
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a new key that takes over; the older stays in use until it is retired."""
    voice = Console(as_json=as_json)
    with opened(home) as house:
        house.vault.keys.rotate(name)
        items = _of_name(house.vault.keys, name)
    _say_states(voice, items)
    voice.say(_AFTER_ROTATION[name])
    voice.answer({"ok": True, "items": [_described(key) for key in items]})


@app.command()
def retire(
    name: Annotated[Signing, typer.Argument(help="Which key's older one.")],
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a rotation: the older key signs nothing more, and goes on verifying."""
    voice = Console(as_json=as_json)
    with opened(home) as house:
        house.vault.keys.retire(name)
        items = _of_name(house.vault.keys, name)
    _say_states(voice, items)
    voice.answer({"ok": True, "items": [_described(key) for key in items]})


@app.command("destroy-root")
def destroy_root(
    version: Annotated[int, typer.Argument(help="A retired version.", min=1)],
    *,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask; there is no way back.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Destroy a root version that wraps nothing here: old copies open no more."""
    voice = Console(as_json=as_json)
    if not yes and (as_json or not typer.confirm(_FOR_GOOD, err=True)):
        raise Invalid("a root key is destroyed for good", fix="add --yes to mean it")
    with opened(home) as house:
        house.vault.keys.destroy_root(version)
        items = _of_name(house.vault.keys, Rotated.ROOT)
    _say_states(voice, items)
    voice.say(
        "Destroy the copies of keys/root.key from before too, or they open still."
    )
    voice.answer({"ok": True, "items": [_described(key) for key in items]})


@app.command("passphrase")
def passphrase_(
    new: Annotated[Path, typer.Argument(help="A file that holds the new passphrase.")],
    *,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Seal the root key under another passphrase; the file is replaced whole."""
    voice, found = Console(as_json=as_json), Home(Settings.read(home=home).home)
    found.require()
    change_passphrase(found, passphrase(), passphrase_in(new, "the file"))
    voice.say("The root key is sealed under the new passphrase.", style="bold")
    voice.say(f"Have {VARIABLE} name a file that holds it, and start the server again.")
    voice.warn("copies of keys/root.key from before still open with the old one")
    voice.answer({"ok": True})


def _of_name(keys: Keys, name: str) -> list[Key]:
    return [key for key in keys.all() if key.name == name]


def _say_states(voice: Console, keys: list[Key]) -> None:
    for key in keys:
        voice.say(f"{key.name} {key.number}  {key.state:<8} {key.key_id}".rstrip())


def _for_opa(key: Key, *, rehearsal: bool) -> str:
    """Write what OPA's configuration says of a bundle that one key signs."""
    return _OPA.format(
        resource="/v1/bundle/candidate" if rehearsal else "/v1/bundle",
        key_id=key.key_id,
        scope=SCOPE,
        algorithm=key.algorithm,
        pem=indent(key.public, " " * 6),
    )


def _described(key: Key) -> dict[str, Any]:
    return {
        "name": key.name,
        "number": key.number,
        "purpose": key.purpose,
        "algorithm": key.algorithm,
        "state": key.state.value,
        "created": _time(key.created),
        "retired": _time(key.retired),
        "key_id": key.key_id or None,
        "public": key.public or None,
    }


def _time(at: int | None) -> str | None:
    return None if at is None else iso(from_unix(at))
