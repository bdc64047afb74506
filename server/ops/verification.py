"""The one verifier, asked from here: the auditors' own program, in its own process.

It imports nothing of this house, so that what it says does not rest on the code that
it checks. Anybody runs the same without any of this: `python -m allod.proofs`.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kit.errors import Malformed
from server.house.resources import verifier

CANNOT_TELL: Final = frozenset({"signer_unknown", "provisional"})
"""Codes of what may be genuine all the same."""

_START: Final = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1));"
    " runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)
_NOT_RECOGNISED: Final = "not-recognised"
_FIX: Final = "name a .tlog-proof, a .cose, a signed .json or an export .zip"
# What `allod verify` said before there was one verifier, and goes on saying.
_SAID: Final = {
    "unknown-signer": "signer_unknown",
    "wrong-signature": "signature_wrong",
    "evidence of when": "evidence",
    "evidence of a split view": "split view",
}


class NotRecognised(Malformed):
    """The file is nothing that this house gives out, or cannot be read at all."""

    code, title = "not_recognised", "Not recognised"


class NotVerified(Malformed):
    """The verifier refused it; `file` is the one at fault within an archive."""

    code, title = "not_verified", "It does not verify"

    def __init__(self, detail: str, *, code: str, file: str | None) -> None:
        super().__init__(detail, code=code)
        self.file = file


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """What a file is, and what verifying it has shown."""

    kind: str
    facts: Mapping[str, Any]


def run_verifier(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the auditors' program; its standard output is kept."""
    package = verifier()
    program = [sys.executable, "-I", "-c", _START, str(package.parent), package.name]
    return subprocess.run(  # noqa: S603 - our own program; arguments are no shell's
        [*program, *arguments], stdout=subprocess.PIPE, text=True, check=False
    )


def verify(
    path: Path,
    policy: Path,
    tsa: Path | None = None,
    proofs: Sequence[Path] = (),
    *,
    chain: bool = False,
) -> VerifiedFile:
    """Verify a file, whatever it is, or the `chain` in an export alone.

    `policy` and `tsa`, the root of a time-stamping authority, are the verifier's own;
    `proofs` lead from trees that witnesses had not seen to such that they had.

    Raises:
        NotRecognised: a file is missing, or nothing that could be verified.
        NotVerified: it does not verify; the message says what does not hold.

    """
    options = [f"--policy={policy}", *(f"--proof={each}" for each in proofs), "--json"]
    options += [f"--tsa={tsa}"] if tsa else []
    options += ["--chain"] if chain else []
    said = json.loads(run_verifier("verify", *options, "--", str(path)).stdout)
    if not said.pop("ok"):
        raise _refusal(said)
    kind = said.pop("is")
    return VerifiedFile(_SAID.get(kind, kind), said)


def _refusal(said: Mapping[str, Any]) -> Malformed:
    if "error" in said:
        return NotRecognised(said["error"]["detail"], fix=said["error"]["fix"])
    code, detail = said["code"], said["detail"]
    if code == _NOT_RECOGNISED:
        return NotRecognised(detail, fix=_FIX)
    return NotVerified(detail, code=_SAID.get(code, code), file=said.get("file"))
