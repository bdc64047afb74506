"""What auditors read: checkpoints, proofs, certificates, the policies in force.

The public part (`/checkpoint`, `/tile/…`) follows C2SP tlog-tiles byte for byte and
takes no token: it holds commitments and nothing about anybody. It answers while the
gate does not.
"""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import PlainTextResponse, Response
from starlette.requests import Request

from kit.errors import NotFound
from ledger.tlog_tiles import CHECKPOINT
from pdp.change.history import activations
from server.faces.auditors_schemas import (
    Certificate,
    Consistency,
    Inclusion,
    PoliciesInForce,
)
from server.faces.dependencies import ErasureId, TheHouse, text_answer
from server.faces.legal_schemas import PolicyFile
from server.faces.public import answer
from server.faces.workbench_schemas import ActivationRecordResponse
from server.http.admission import anybody, auditor
from server.http.schemas import SAFE_INTEGER
from server.http.strict_json import StrictRoute

_BYTES = "application/octet-stream"

router = APIRouter(tags=["auditors"], route_class=StrictRoute)
known = [Depends(auditor())]
public = [Depends(anybody)]


def _bytes() -> dict[int | str, dict[str, Any]]:
    shown = {"schema": {"type": "string", "format": "binary"}, "example": "…"}
    return {200: {"content": {_BYTES: shown}}}


UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is still what the caller has, by its entity tag"}
}
_EXTENSION = (
    "old 7\nb4h3c2Rmc2RmZ3NkZmdzZGZnc2RmZ3NkZmdzZGZnc2Q=\n\nvault.example/log\n…\n"
)
_NOTE = "vault.example/log\n12\nb4h3c2Rmc2RmZ3NkZmdzZGZnc2RmZ3NkZmdzZGZnc2Q=\n\n— …\n"

Index = Annotated[int, Query(ge=0, le=SAFE_INTEGER, examples=[7])]
Size = Annotated[int, Query(ge=1, le=SAFE_INTEGER, examples=[12])]


@router.get(
    "/v1/ledger/checkpoint",
    dependencies=known,
    response_class=PlainTextResponse,
    responses=text_answer(_NOTE),
)
def checkpoint(house: TheHouse) -> PlainTextResponse:
    """Give the newest checkpoint, a C2SP signed note."""
    return PlainTextResponse(house.log.resource(CHECKPOINT))


@router.get(
    "/v1/ledger/key",
    dependencies=known,
    response_class=PlainTextResponse,
    responses=text_answer("vault.example/log+2c9f4d1a+AX…\n"),
)
def key(house: TheHouse) -> PlainTextResponse:
    """Give the log's keys, a vkey a line; from the log itself they prove nothing."""
    keys = "".join(f"{each.vkey}\n" for each in house.log.verifiers)
    return PlainTextResponse(keys)


@router.get("/v1/ledger/inclusion", dependencies=known)
def inclusion(house: TheHouse, index: Index, size: Size) -> Inclusion:
    """Prove that an entry is in the tree of a size."""
    path = house.log.inclusion(index, size)
    return Inclusion(index=index, size=size, path=_encoded(path))


@router.get("/v1/ledger/consistency", dependencies=known)
def consistency(
    house: TheHouse,
    older: Annotated[int, Query(alias="from", ge=1, le=SAFE_INTEGER, examples=[7])],
    newer: Annotated[int, Query(alias="to", ge=1, le=SAFE_INTEGER, examples=[12])],
) -> Consistency:
    """Prove that the newer tree begins with the older one."""
    path = house.log.consistency(older, newer)
    return Consistency.model_validate(
        {"from": older, "to": newer, "path": _encoded(path)}
    )


@router.get(
    "/v1/ledger/extension",
    dependencies=public,
    response_class=PlainTextResponse,
    responses=text_answer(_EXTENSION),
)
def extension(
    house: TheHouse,
    size: Annotated[int, Query(alias="from", ge=1, le=SAFE_INTEGER, examples=[7])],
) -> PlainTextResponse:
    """Prove that a tree of this size begins one that the witnesses' quorum cosigned.

    For whatever was signed before they had seen it: a receipt, a certificate, an
    export. It is about nobody, and takes no token. 409 `proof.provisional` until then.
    """
    return PlainTextResponse(house.log.extension(size).encode())


@router.get(
    "/v1/ledger/entries/{index}",
    dependencies=known,
    response_class=Response,
    responses=_bytes(),
)
def entry(
    house: TheHouse, index: Annotated[int, Path(ge=0, le=SAFE_INTEGER, examples=[7])]
) -> Response:
    """Give an entry's bytes."""
    return Response(house.log.entry(index), media_type=_BYTES)


@router.get("/v1/ledger/policies", dependencies=known)
def policies(house: TheHouse) -> PoliciesInForce:
    """Name the policies that decide now, and each entry that put some in force."""
    bundle, reader = house.bundle, house.vault_db.reader()
    return PoliciesInForce(
        digest=bundle.digest,
        files=[PolicyFile.model_validate(each) for each in bundle.listing()],
        activations=[*map(ActivationRecordResponse.of, activations(reader))],
    )


@router.get(
    "/v1/ledger/policies/files/{path:path}",
    dependencies=known,
    response_class=PlainTextResponse,
    responses=text_answer("package allod.legal.consent\n…"),
)
def policy_file(
    house: TheHouse,
    path: Annotated[str, Path(max_length=256, examples=["legal/consent.rego"])],
) -> PlainTextResponse:
    """Give one file of the policies that decide now; the digest covers each byte."""
    text = house.bundle.texts.get(path)
    if text is None:
        raise NotFound
    return PlainTextResponse(text)


@router.get("/v1/certificates/{erasure_id}", dependencies=known)
def certificate(house: TheHouse, erasure_id: ErasureId) -> Certificate:
    """Give the signed certificate of an erasure, and its cosigned proof, if any."""
    return Certificate.model_validate(house.erasure.certificate(erasure_id))


@router.get(
    "/checkpoint",
    dependencies=public,
    response_class=PlainTextResponse,
    responses=text_answer(_NOTE) | UNCHANGED,
)
def public_checkpoint(house: TheHouse, request: Request) -> Response:
    """Give the newest checkpoint, where C2SP tlog-tiles has it."""
    return answer(house.log, request, CHECKPOINT)


@router.get(
    "/tile/{path:path}",
    dependencies=public,
    response_class=Response,
    responses=_bytes() | UNCHANGED,
)
def tile(
    house: TheHouse,
    request: Request,
    path: Annotated[str, Path(examples=["0/000"])],
) -> Response:
    """Give a tile of the tree or a bundle of entries (C2SP tlog-tiles)."""
    return answer(house.log, request, f"tile/{path}")


def _encoded(path: list[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in path]
