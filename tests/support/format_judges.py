"""Three readers of what a vault hands out, asked the same question.

The verifier, a program in Go that was written from docs/formats.md, and the house where
it reads for itself; none shares code with another.
"""

import base64
import io
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allod import proofs
from paper_tiles import lay

from kit.errors import AllodError
from ledger.checks import copy_check
from ledger.formats import chain
from ledger.formats.checkpoint import Extension
from ledger.formats.encoding import decode64
from ledger.formats.entries import SubjectOpening
from ledger.formats.merkle import verify_consistency
from ledger.formats.trust_policy import TrustPolicy

PATIENCE = 120


@dataclass(frozen=True)
class Question:
    """An artefact of a sort, with what is needed to judge it."""

    sort: str
    files: Mapping[str, bytes]
    remark: str = ""

    @property
    def data(self) -> bytes:
        """The artefact itself."""
        return self.files["data"]

    @property
    def tree(self) -> dict[str, bytes]:
        """The files of a log's tree, by their paths."""
        prefix = "tree/"
        return {
            path.removeprefix(prefix): data
            for path, data in self.files.items()
            if path.startswith(prefix)
        }


def by_go(program: Path, questions: Iterable[Question]) -> list[str]:
    """Give what is wrong with each, by the page; nothing where it is accepted."""
    said = "".join(f"{json.dumps(_spelled(each))}\n" for each in questions)
    done = subprocess.run(
        [program, "-"],
        input=said.encode(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def _spelled(question: Question) -> dict[str, Any]:
    encoded = {
        name: base64.b64encode(data).decode() for name, data in question.files.items()
    }
    return {"sort": question.sort, "files": encoded}


Judge = Callable[[Question, Any, Sequence[Any]], object]


def by_sdk(question: Question) -> bool:
    """Tell whether the SDK accepts it."""
    try:
        policy = proofs.TrustPolicy.parse(question.files["policy"])
        _SDK[question.sort](question, policy, _proofs(question, proofs.Extension.parse))
    except proofs.VerificationError:
        return False
    return True


def by_house(question: Question) -> bool:
    """Tell whether the house accepts it."""
    try:
        policy = TrustPolicy.parse(question.files["policy"])
        judge = _HOUSE[question.sort]
        return judge(question, policy, _proofs(question, Extension.parse)) is not False
    except AllodError:
        return False


def _proofs(question: Question, parse: Callable[[bytes], Any]) -> list[Any]:
    given = question.files.get("proof")
    return [] if given is None else [parse(given)]


def _lines(data: bytes) -> list[bytes]:
    return data.removesuffix(b"\n").split(b"\n") if data else []


def _sdk_manifest(question: Question, policy: Any, _: Sequence[Any]) -> None:
    proofs.verify_manifest(question.data, policy)


def _sdk_consistency(question: Question, policy: Any, _: Sequence[Any]) -> None:
    one, two = (
        policy.verify_checkpoint(question.files[name]).checkpoint
        for name in ("older", "newer")
    )
    if one.origin != two.origin:
        raise proofs.VerificationError("two logs")
    path = _hashes(question.data, proofs.VerificationError("no path"))
    proofs.verify_consistency(one.size, two.size, path, one.root, two.root)


def _hashes(data: bytes, failing: Exception) -> list[bytes]:
    try:
        return [decode64(line.decode()) for line in _lines(data)]
    except ValueError:
        raise failing from None


def _house_consistency(
    question: Question, policy: TrustPolicy, _: Sequence[Any]
) -> bool:
    one, two = (
        policy.accept(question.files[name]).checkpoint for name in ("older", "newer")
    )
    try:
        path = _hashes(question.data, ValueError())
    except ValueError:
        return False
    verify_consistency(one.size, two.size, path, one.root, two.root)
    return one.origin == two.origin


def _house_chain(question: Question, _policy: TrustPolicy, _: Sequence[Any]) -> None:
    chain.verify_chain(map(SubjectOpening.from_bytes, _lines(question.data)))


def _sdk_chain(question: Question, _policy: Any, _: Sequence[Any]) -> None:
    proofs.verify_chain(map(proofs.FullOpening.parse, _lines(question.data)))


def _house_copy(question: Question, policy: TrustPolicy, _: Sequence[Any]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        lay(Path(folder), question.tree)
        return not copy_check.check(Path(folder), policy).findings


_SDK: Mapping[str, Judge] = {
    "policy": lambda _q, _p, _: None,
    "checkpoint": lambda q, p, given: p.verify_checkpoint(q.data, given),
    "receipt": lambda q, p, given: proofs.verify_receipt(q.data, p, given),
    "COSE receipt": lambda q, p, _: proofs.verify_cose_receipt(q.data, p),
    "certificate": lambda q, p, given: proofs.verify_certificate(q.data, p, given),
    "manifest": _sdk_manifest,
    "consent record": lambda q, p, _: proofs.verify_document(
        proofs.Context.CONSENT, q.data, p
    ),
    "export": lambda q, p, given: proofs.verify_archive(io.BytesIO(q.data), p, given),
    "evidence of when": lambda q, p, given: proofs.verify_time_evidence(
        q.data, p, q.files["roots"], given
    ),
    "time stamp": lambda q, p, given: proofs.verify_time_evidence(
        q.data, p, q.files["roots"], given
    ),
    "split view": lambda q, p, _: proofs.verify_split_view(q.data, p),
    "consistency": _sdk_consistency,
    "chain": _sdk_chain,
    "tree": lambda q, p, _: proofs.audit(q.tree.get, p),
}

_HOUSE: Mapping[str, Judge] = {
    "policy": lambda _q, _p, _: None,
    "consistency": _house_consistency,
    "chain": _house_chain,
    "copy": _house_copy,
}

READERS: Mapping[str, tuple[Callable[[Question], bool], ...]] = {
    sort: (
        *((by_sdk,) if sort in _SDK else ()),
        *((by_house,) if sort in _HOUSE else ()),
    )
    for sort in {**_SDK, **_HOUSE}
}
"""Who of ours reads a sort: both, the SDK alone, or the house alone."""
