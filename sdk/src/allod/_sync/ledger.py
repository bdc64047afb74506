# Generated from allod/_async by scripts/generate_sync.py; edit that.
"""The public side: ledger, certificates, and how the server is."""

from collections.abc import Mapping
from typing import Any

from allod._sync.http import Part
from allod._decode import take
from allod._json import text
from allod._transport import Call, segments
from allod._types import (
    ConsistencyProof,
    Erasure,
    InclusionProof,
)
from allod._workbench import PoliciesInForce

_TEXT = "text/plain"
_BYTES = "application/octet-stream"


class Ledger(Part):
    """What auditors read. Nothing here is proven yet: `allod.proofs` does that."""

    def checkpoint(self) -> str:
        """Fetch the newest checkpoint, a signed note."""
        return self._text("/v1/ledger/checkpoint")

    def keys(self) -> tuple[str, ...]:
        """Fetch the log's keys (vkey); a key from the log itself proves nothing.

        There are two while one takes over from the other.
        """
        return tuple((self._text("/v1/ledger/key")).splitlines())

    def inclusion(self, index: int, *, size: int) -> InclusionProof:
        """Fetch the proof that an entry is in the tree of this size."""
        params = {"index": index, "size": size}
        call = Call("GET", "/v1/ledger/inclusion", params=params)
        return self._ask(InclusionProof, call)

    def consistency(self, size1: int, size2: int) -> ConsistencyProof:
        """Fetch the proof that the newer tree begins with the older one."""
        params = {"from": size1, "to": size2}
        call = Call("GET", "/v1/ledger/consistency", params=params)
        return self._ask(ConsistencyProof, call)

    def entry(self, index: int) -> bytes:
        """Fetch an entry's bytes."""
        path = segments("v1", "ledger", "entries", str(index))
        return (self._http.send(Call("GET", path, accept=_BYTES))).content

    def policies(self) -> PoliciesInForce:
        """Name the policies that decide now, with the entries that put some in force.

        The digest is that of all files: SHA-256 over their sorted `sha256sum` listing.
        """
        return self._ask(PoliciesInForce, Call("GET", "/v1/ledger/policies"))

    def policy_file(self, path: str) -> str:
        """Fetch one file of the policies that decide now."""
        where = segments("v1", "ledger", "policies", "files", *path.split("/"))
        return (self._http.send(Call("GET", where, accept=_TEXT))).text

    def certificate(self, erasure_id: str) -> Mapping[str, Any]:
        """Fetch the signed certificate of an erasure, with its cosigned proof, if any.

        `allod.proofs.verify_certificate` takes it as it is.
        """
        path = segments("v1", "certificates", erasure_id)
        return self._http.fetch(Call("GET", path))

    def extension(self, size: int) -> bytes:
        """Fetch the cosigned proof for what is provisional; it takes no token.

        `size` is that of the tree that a `ProvisionalError` of `allod.proofs` names,
        and `allod.proofs.Extension.parse` reads what is given. `Conflict` while too
        few witnesses have cosigned.
        """
        call = Call(
            "GET",
            "/v1/ledger/extension",
            params={"from": size},
            accept=_TEXT,
            signed_in=False,
        )
        return self._bytes(call)

    def published_checkpoint(self) -> str:
        """Fetch the checkpoint where the public finds it; it takes no token."""
        return self._text("/checkpoint", signed_in=False)

    def tile(self, path: str) -> bytes:
        """Fetch a tile by its path below `/tile/` (C2SP tlog-tiles); no token."""
        where = segments("tile", *path.split("/"))
        return self._bytes(Call("GET", where, accept=_BYTES, signed_in=False))

    def _text(self, path: str, *, signed_in: bool = True) -> str:
        call = Call("GET", path, accept=_TEXT, signed_in=signed_in)
        return (self._http.send(call)).text


class Erasures(Part):
    """Erasures, for those who hold an erasure's id and secret and no token."""

    def get(self, erasure_id: str, *, secret: str) -> Erasure:
        """Tell how far an erasure is, and give its certificate when there is one."""
        call = Call(
            "GET",
            segments("v1", "erasures", erasure_id),
            headers={"Erasure-Secret": secret},
            signed_in=False,
        )
        return self._ask(Erasure, call)

    def evidence(self, erasure_id: str, *, secret: str) -> bytes:
        """Fetch the certificate with evidence of when the erasure was done (zip).

        `allod.proofs.verify_time_evidence` checks it. `Conflict` while no time stamp
        covers it.
        """
        call = Call(
            "GET",
            segments("v1", "erasures", erasure_id, "evidence"),
            headers={"Erasure-Secret": secret},
            signed_in=False,
            accept="application/zip",
        )
        return self._bytes(call)


class Health(Part):
    """Whether the server lives, can answer, and which version it is."""

    def live(self) -> None:
        """Return if the server runs at all."""
        self._http.send(Call("GET", "/health/live", signed_in=False))

    def ready(self) -> None:
        """Return if the server can answer calls; `Unavailable` if it cannot."""
        self._http.send(Call("GET", "/health/ready", signed_in=False))

    def version(self) -> str:
        """Read the server's version."""
        call = Call("GET", "/version", signed_in=False)
        return take(self._http.fetch(call), "version", text)
