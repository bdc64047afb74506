"""`python -m allod.proofs`: what an auditor runs, and nothing of the house with it.

It ends with 0 if all is in order, 1 if something was found, 2 if the command or a file
of the auditor's own cannot be understood, 5 if the log does not answer, so that
nothing could be decided.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ._files import MisusedError, read, save, text
from .audit import Audited, AuditError, State, audit
from .checkpoint import Extension
from .compare import SPLIT_VIEW, UNDECIDED, View, compare
from .errors import VerificationError
from .fetch import UnreachableError, fetcher, folder, is_address, pieces
from .fsck import fsck
from .policy import TrustPolicy
from .split_view import SplitView
from .verifying import verified, verified_chain

IN_ORDER, FOUND, MISUSED, UNREACHABLE = 0, 1, 2, 5

_Facts = dict[str, Any]
_Run = Callable[[argparse.Namespace], tuple[int, _Facts]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit code."""
    options = _parser().parse_args(arguments)
    try:
        run: _Run = options.run
        code, facts = run(options)
    except AuditError as error:
        code, facts = FOUND, _found(error, options)
    except VerificationError as error:
        code, facts = FOUND, _refused(error)
    except MisusedError as error:
        failed = {"code": "usage", "detail": str(error), "fix": error.fix}
        code, facts = MISUSED, {"error": failed}
    except UnreachableError as error:
        fix = "try again later, or name a mirror of the log"
        failed = {"code": "unreachable", "detail": str(error), "fix": fix}
        code, facts = UNREACHABLE, {"error": failed}
    _say({"ok": code == IN_ORDER, **facts}, as_json=options.json)
    return code


def _audit(options: argparse.Namespace) -> tuple[int, _Facts]:
    policy, state = _policy(options), _state(options.state)
    started = time.monotonic()
    log = fetcher(_log(options.log), proxy=options.proxy)
    done = audit(log, policy, state, full=options.full)
    taken = time.monotonic() - started
    # Last of all: whatever fails before leaves the old state as it was.
    if options.state:
        save(options.state, done.state.encode())
    return IN_ORDER, _audited(done, taken)


def _audited(done: Audited, taken: float) -> _Facts:
    tree = done.checkpoint
    return {
        "log": tree.origin,
        "tree": tree.size,
        "root": tree.root.hex(),
        "hashed": done.entries,
        "seconds": round(taken, 3),
        "witnesses": len(done.accepted.witnessed),
    }


def _compare(options: argparse.Namespace) -> tuple[int, _Facts]:
    policy = _policy(options)
    first, second = (
        _view(where, options.proxy) for where in (options.first, options.second)
    )
    done = compare(first, second, policy)
    facts: _Facts = {
        "relation": done.relation,
        "log": done.first.origin,
        "first": done.first.size,
        "second": done.second.size,
    }
    if done.relation == UNDECIDED:
        facts["detail"] = "no tiles lead to the larger tree; keep both checkpoints"
        return UNREACHABLE, facts
    if done.evidence:
        facts |= _kept(done.evidence, options.evidence)
    return FOUND if done.relation == SPLIT_VIEW else IN_ORDER, facts


def _fsck(options: argparse.Namespace) -> tuple[int, _Facts]:
    policy, root = _policy(options), Path(_log(str(options.folder)))
    kept = [text(path) for path in options.checkpoint]
    done = fsck(folder(root), policy, pieces(root), kept)
    return IN_ORDER, {
        "log": done.checkpoint.origin,
        "tree": done.checkpoint.size,
        "root": done.checkpoint.root.hex(),
        "pieces": done.pieces,
        "checkpoints": done.checkpoints,
        "others": done.others,
    }


def _verify(options: argparse.Namespace) -> tuple[int, _Facts]:
    policy = _policy(options)
    proofs = [_proof(path) for path in options.proof]
    if options.chain:
        return IN_ORDER, verified_chain(options.file, policy, proofs)
    return IN_ORDER, verified(options.file, policy, proofs, options.tsa)


def _view(where: str, proxy: str | None) -> View:
    if is_address(where) or Path(where).is_dir():
        return View.of(fetcher(where, proxy=proxy))
    return View(text(Path(where)))


def _log(where: str) -> str:
    if not is_address(where) and not Path(where).is_dir():
        raise MisusedError(f"there is no folder {where}")
    return where


def _refused(error: VerificationError) -> _Facts:
    facts: _Facts = {"code": error.code, "detail": str(error)}
    return facts | {"file": error.file} if error.file else facts


def _found(error: AuditError, options: argparse.Namespace) -> _Facts:
    facts = _refused(error)
    if error.index is not None:
        facts["first_bad"] = error.index
    if error.evidence:
        facts |= _kept(error.evidence, options.evidence)
    return facts


def _kept(evidence: SplitView, path: Path) -> _Facts:
    save(path, evidence.encode())
    return {"evidence": str(path)}


def _policy(options: argparse.Namespace) -> TrustPolicy:
    fix = "name the file that says whom you trust: --policy FILE; nothing was verified"
    data = read(options.policy, what="the trust policy", fix=fix)
    try:
        return TrustPolicy.parse(data)
    except VerificationError as error:
        raise MisusedError.of(options.policy, error) from None


def _proof(path: Path) -> Extension:
    fix = "name the proof that was fetched: --proof FILE; nothing was verified"
    try:
        return Extension.parse(read(path, what="the cosigned proof", fix=fix))
    except VerificationError as error:
        raise MisusedError.of(path, error) from None


def _state(path: Path | None) -> State | None:
    if path is None or not path.exists():
        return None
    try:
        return State.parse(read(path))
    except VerificationError as error:
        raise MisusedError(f"the saved state cannot be read: {error}") from None


def _say(facts: _Facts, *, as_json: bool) -> None:
    shown = facts | facts.get("error", {})
    lines = [
        f"{name.replace('_', ' '):<12} {value}"
        for name, value in shown.items()
        if not isinstance(value, dict)
    ]
    sys.stdout.write((json.dumps(facts) if as_json else "\n".join(lines)) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="allod.proofs", description="Check a log, and what it gave, without trust."
    )
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    verb = _verb(
        verbs.add_parser, "verify", "a file that a vault gave, offline", _verify
    )
    verb.add_argument(
        "file", type=Path, help="receipt, certificate, consent, evidence, export"
    )
    verb.add_argument(
        "--proof",
        type=Path,
        action="append",
        default=[],
        help="what was fetched since, once witnesses had cosigned; any number of such",
    )
    verb.add_argument("--tsa", type=Path, help="certificates of who stamps time (PEM)")
    verb.add_argument(
        "--chain", action="store_true", help="the customer's chain in an export alone"
    )
    verb = _verb(verbs.add_parser, "audit", "a log, since the state", _audit)
    verb.add_argument("log", help="the log's address, or a folder that mirrors it")
    verb.add_argument("--state", type=Path, help="what was seen last; is made if new")
    verb.add_argument(
        "--full", action="store_true", help="hash from the first entry on"
    )
    _evidence(verb)
    _proxy(verb)
    verb = _verb(verbs.add_parser, "compare", "two views of one log", _compare)
    verb.add_argument("first", help="an address, a folder, or a checkpoint's file")
    verb.add_argument("second", help="likewise")
    _evidence(verb)
    _proxy(verb)
    verb = _verb(
        verbs.add_parser, "fsck", "every file of a log's tree, in a folder", _fsck
    )
    verb.add_argument("folder", type=Path, help="a log's mirror, or a copy of it")
    verb.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        help="one that was kept, to hold to the tree; as often as there are such",
    )
    _evidence(verb)
    return parser


def _verb(
    add: Callable[..., argparse.ArgumentParser],
    name: str,
    words: str,
    run: _Run,
) -> argparse.ArgumentParser:
    verb = add(name, help=words, description=f"Check {words}.")
    verb.add_argument("--policy", type=Path, required=True, help="whom you trust")
    verb.add_argument("--json", action="store_true", help="one JSON object")
    verb.set_defaults(run=run)
    return verb


def _evidence(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--evidence",
        type=Path,
        default=Path("split-view.json"),
        help="where evidence of a split view goes",
    )


def _proxy(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--proxy", help="an HTTP proxy's address; none is asked without")
