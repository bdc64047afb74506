"""The witness as a program: a folder with its key and its memory, and an HTTP face.

    witness.key     its private keys (`server.roles.witness_keys`)
    logs            whom it trusts: a log's verifier key on each line
    checkpoints/    the last checkpoint that it cosigned, one file for each log

It has nothing to do with an installation of the vault, and is best run by somebody
else, on another machine. The folder must never be rolled back: a witness that forgets
what it cosigned can be shown another history. Never restore it from a backup; a
witness that lost its folder starts again under a new name and key.
"""

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
from ledger.formats.checkpoint import Checkpoint, CheckpointError, head
from ledger.formats.signing import Cosigner
from ledger.outside.witness import (
    MAX_REQUEST_BYTES,
    Cosigned,
    OtherState,
    Witness,
    WitnessError,
    origin_hash,
    read_logs,
)
from server.faces.disclosures import json_response
from server.faces.health_schemas import Live, Ready
from server.http.errors import install
from server.http.limits import layered
from server.roles.witness_keys import has_keys, new_keys, read_keys, write_keys

_LOGS, _STATE = "logs", "checkpoints"
_REMARK: Final = "# The logs that this witness cosigns: a verifier key on each line.\n"
_SIZE: Final = "text/x.tlog.size"
_TEXT: Final = "text/plain; charset=utf-8"


class FolderState:
    """What a witness remembers, in files that are replaced durably."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / _STATE
        self._lock = WriteLock(folder / "witness.lock")

    def locked(self) -> AbstractContextManager[None]:
        """Keep every other thread and process out for the length of a block."""
        return self._lock.locked()

    def get(self, origin: str) -> Cosigned | None:
        """Give what was last cosigned of a log; None if nothing ever was.

        Raises:
            IntegrityFault: it cannot be read, or there is no memory at all.

        """
        if not self._folder.is_dir():
            raise IntegrityFault("the witness's memory is gone")
        try:
            cosigned = _read(self._path(origin).read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (CheckpointError, UnicodeError):
            raise IntegrityFault("the witness's memory is damaged") from None
        if cosigned.checkpoint.origin != origin:
            raise IntegrityFault("the witness's memory is of another log")
        return cosigned

    def put(self, cosigned: Cosigned) -> None:
        """Remember this as its log's last; durable when it returns."""
        kept = cosigned.note or cosigned.checkpoint.encode()
        write_durably(self._path(cosigned.checkpoint.origin), kept.encode())

    def _path(self, origin: str) -> Path:
        return self._folder / origin_hash(origin)


def _read(kept: str) -> Cosigned:
    """Read a note, or the bare checkpoint that earlier versions kept."""
    text, blank, _ = kept.rpartition("\n\n")
    if not blank:
        return Cosigned(Checkpoint.parse(kept), None)
    return Cosigned(Checkpoint(*head(f"{text}\n")), kept)


def make_witness(folder: Path, name: str) -> tuple[Cosigner, ...]:
    """Make a witness's folder with new keys.

    Raises:
        CannotStart: a witness is there already.
        NoteError: the name cannot be a key's.

    """
    if has_keys(folder) or (folder / _STATE).exists():
        raise CannotStart(
            "a witness is in this folder already",
            fix="choose another folder: its keys and its memory belong together",
        )
    made = new_keys(name)
    make_folder(folder / _STATE)
    folder.chmod(0o700)
    write_durably(folder / _LOGS, _REMARK.encode())
    # The keys come last: a folder without them is no witness yet.
    write_keys(folder, made)
    sync_folder(folder.parent)
    return tuple(each.cosigner for each in made)


def open_witness(folder: Path, *, clock: Clock) -> Witness:
    """Open the witness in a folder.

    Raises:
        CannotStart: it has no key, no memory, or no list of logs that can be read.

    """
    cosigners = read_keys(folder)
    if not (folder / _STATE).is_dir():
        raise CannotStart("the witness's memory is gone", fix="make a new witness")
    try:
        logs = read_logs((folder / _LOGS).read_text("utf-8"))
    except (OSError, UnicodeError):
        raise CannotStart("the witness's list of logs cannot be read") from None
    except WitnessError as error:
        raise CannotStart(f"the witness's list of logs: {error.detail}") from None
    return Witness(cosigners, logs=logs, state=FolderState(folder), clock=clock)


def create_witness_app(witness: Witness) -> ASGIApp:
    """Make a witness's ASGI application."""

    async def add_checkpoint(request: Request) -> Response:
        body = await request.body()
        lines = await run_in_threadpool(witness.add, body)
        return Response(lines, media_type=_TEXT)

    async def checkpoint(request: Request) -> Response:
        asked = request.path_params["origin"]
        return Response(
            await run_in_threadpool(witness.latest, asked), media_type=_TEXT
        )

    app = Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{origin:str}/checkpoint", checkpoint),
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
