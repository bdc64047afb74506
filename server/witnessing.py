"""The witness as a program: a folder with its key and its memory, and an HTTP face.

    witness.key     the private key, readable by its owner alone
    logs            whom it trusts: a log's verifier key on each line
    checkpoints/    the last checkpoint that it cosigned, one file for each log

It has nothing to do with an installation of the vault, and is best run by somebody
else, on another machine. The folder must never be rolled back: a witness that forgets
what it cosigned can be shown another history. Never restore it from a backup; a
witness that lost its folder starts again under a new name and key.
"""

import hashlib
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from kit.clock import Clock
from kit.errors import CannotStart, IntegrityFault
from kit.home import make_folder, sync_folder, write_durably
from kit.lock import WriteLock
from kit.secret import Secret
from ledger.checkpoint import Checkpoint, CheckpointError
from ledger.signing import COSIGNATURE, Cosigner, NoteError
from ledger.strict import decode64, encode64
from ledger.witness import (
    MAX_REQUEST_BYTES,
    OtherState,
    Witness,
    WitnessError,
    read_logs,
)
from server.errors import install
from server.faces.disclosures import json_response
from server.faces.health_schemas import Live, Ready
from server.limits import layered

_KEY, _LOGS, _STATE = "witness.key", "logs", "checkpoints"
_PRIVATE: Final = ["PRIVATE", "KEY"]
_SEED_BYTES: Final = 32
_REMARK: Final = "# The logs that this witness cosigns: a verifier key on each line.\n"
_SIZE: Final = "text/x.tlog.size"
_TEXT: Final = "text/plain; charset=utf-8"


class FolderState:
    """What a witness remembers, in files that are replaced durably."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / _STATE
        self._lock = WriteLock(folder / "witness.lock")

    def held(self) -> AbstractContextManager[None]:
        """Keep every other thread and process out for the length of a block."""
        return self._lock.held()

    def get(self, origin: str) -> Checkpoint | None:
        """Give the last checkpoint that was cosigned; None if none ever was.

        Raises:
            IntegrityFault: there was one, and it cannot be read; or no state at all.

        """
        if not self._folder.is_dir():
            raise IntegrityFault("the witness's memory is gone")
        try:
            checkpoint = Checkpoint.parse(self._path(origin).read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (CheckpointError, UnicodeError):
            raise IntegrityFault("the witness's memory is damaged") from None
        if checkpoint.origin != origin:
            raise IntegrityFault("the witness's memory is of another log")
        return checkpoint

    def put(self, checkpoint: Checkpoint) -> None:
        """Remember a checkpoint as its log's last; durable when this returns."""
        write_durably(self._path(checkpoint.origin), checkpoint.encode().encode())

    def _path(self, origin: str) -> Path:
        return self._folder / hashlib.sha256(origin.encode()).hexdigest()


def make_witness(folder: Path, name: str) -> Cosigner:
    """Make a witness's folder with a new key.

    Raises:
        CannotStart: a witness is there already.
        NoteError: the name cannot be a key's.

    """
    if (folder / _KEY).exists() or (folder / _STATE).exists():
        raise CannotStart(
            "a witness is in this folder already",
            fix="choose another folder: its key and its memory belong together",
        )
    seed = os.urandom(_SEED_BYTES)
    cosigner = Cosigner(name, Secret(seed))
    make_folder(folder / _STATE)
    folder.chmod(0o700)
    write_durably(folder / _LOGS, _REMARK.encode())
    # The key comes last: a folder without one is no witness yet.
    write_durably(folder / _KEY, _encoded(cosigner, seed))
    sync_folder(folder.parent)
    return cosigner


def read_key(folder: Path) -> Cosigner:
    """Read a witness's key.

    Raises:
        CannotStart: there is none, others may read it, or it is damaged.

    """
    path = folder / _KEY
    try:
        if path.stat().st_mode & 0o077:
            raise CannotStart("others may read the witness's key", fix="chmod 600 it")
        text = path.read_text("ascii").removesuffix("\n")
    except (OSError, UnicodeError):
        raise CannotStart(
            "there is no witness in this folder", fix="run `allod witness init` first"
        ) from None
    cosigner = _decoded(text)
    if cosigner is None:
        raise CannotStart("the witness's key is damaged", fix="make a new witness")
    return cosigner


def open_witness(folder: Path, *, clock: Clock) -> Witness:
    """Open the witness in a folder.

    Raises:
        CannotStart: it has no key, no memory, or no list of logs that can be read.

    """
    cosigner = read_key(folder)
    if not (folder / _STATE).is_dir():
        raise CannotStart("the witness's memory is gone", fix="make a new witness")
    try:
        logs = read_logs((folder / _LOGS).read_text("utf-8"))
    except (OSError, UnicodeError):
        raise CannotStart("the witness's list of logs cannot be read") from None
    except WitnessError as error:
        raise CannotStart(f"the witness's list of logs: {error.detail}") from None
    return Witness(cosigner, logs=logs, state=FolderState(folder), clock=clock)


def create_witness_app(witness: Witness) -> ASGIApp:
    """Make a witness's ASGI application."""

    async def add_checkpoint(request: Request) -> Response:
        body = await request.body()
        line = await run_in_threadpool(witness.add, body)
        return Response(line, media_type=_TEXT)

    app = Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/health/live", _live),
            Route("/health/ready", _ready),
        ]
    )
    app.router.redirect_slashes = False
    install(app)
    app.add_exception_handler(OtherState, _other_state)
    return layered(app, body_limit=MAX_REQUEST_BYTES)


def _other_state(_: Request, error: Exception) -> Response:
    if not isinstance(error, OtherState):
        raise error
    return Response(
        f"{error.size}\n", status_code=error.status, headers={"Content-Type": _SIZE}
    )


async def _live(_: Request) -> Response:
    return json_response(Live().model_dump())


async def _ready(_: Request) -> Response:
    return json_response(Ready().model_dump())


def _encoded(cosigner: Cosigner, seed: bytes) -> bytes:
    key = cosigner.verifier
    data = encode64(bytes([COSIGNATURE]) + seed)
    return "+".join([*_PRIVATE, key.name, key.key_id.hex(), data]).encode() + b"\n"


def _decoded(text: str) -> Cosigner | None:
    try:
        private, key, name, key_hash, data = text.split("+", 4)
        seed = decode64(data)
        cosigner = Cosigner(name, Secret(seed[1:]))
    except (ValueError, NoteError):
        return None
    whole = [private, key] == _PRIVATE and seed[0] == COSIGNATURE
    right = cosigner.verifier.key_id.hex() == key_hash
    return cosigner if whole and right else None
