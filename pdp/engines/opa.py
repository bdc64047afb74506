"""An OPA server as the engine, asked over a line of our own.

Its answer is whole within the deadline and short enough, or none; it is read by the
house's strict parser, so that a member named twice is no answer either. Nothing is
retried: a question that failed is denied, and the next one is asked anew. No policy is
ever sent to it: OPA pulls the signed bundle itself (`pdp.bundle.bundle_archive`). An
undefined rule comes back as `{}` with status 200, so the absence of `result` is no
decision.

The revision comes with each answer and out of the same transaction (`provenance`), so
a bundle that OPA swaps between two questions is noticed on the very next one.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from kit.canonical import parse
from kit.errors import Malformed
from kit.exchange import Exchange, Failed, HttpRequest, Late, TooLong
from kit.exchange import HttpAnswer as Reply
from kit.secret import Secret
from pdp.decision.decision import Undecided
from pdp.decision.port import EngineAnswer
from pdp.engines.opa_address import OpaAddress

__all__ = ["OpaAddress", "OpaEngine"]

MAX_DEADLINE: Final = timedelta(milliseconds=500)
MAX_ANSWER: Final = 1 << 20
"""Bytes: 64 decisions, each with every reason that the policies know, take a third."""

CONFIRMED_FOR: Final = 1.0
"""Seconds for which an answer shows that OPA is there and has the bundle."""

PACKAGE, RULE = "allod.gate", "decisions"
RESULT, PROVENANCE = "result", "provenance"
ASKED: Final = f"/v1/data/{PACKAGE.replace('.', '/')}/{RULE}?{PROVENANCE}=true"

_OK, _FAILED = 200, 500


class OpaEngine:
    """The adapter; safe to call from several threads and after a fork."""

    # OPA's own version moves under us, and so does not name what is remembered.
    name = "opa"
    confirmed_for = CONFIRMED_FOR

    def __init__(
        self,
        address: OpaAddress,
        *,
        token: Secret | None = None,
        deadline: timedelta = MAX_DEADLINE,
    ) -> None:
        if token is not None:
            address.require_known(because="a token would be sent to them")
        self._headers = headers(token)
        self._deadline = min(deadline, MAX_DEADLINE)
        self._exchange = Exchange(address.whom, keeps=True)

    def decide(
        self, common: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
    ) -> EngineAnswer:
        """Ask about a batch.

        Raises:
            Undecided: no answer within the deadline, or none at all.

        """
        answer = self._asked({"common": dict(common), "items": list(items)})
        if RESULT not in answer:
            raise Undecided("OPA has no such rule, or it is undefined")
        return EngineAnswer(_revision(answer), answer[RESULT])

    def revision(self) -> str:
        """Tell which bundle OPA decides by; it has to be able to decide.

        Raises:
            Undecided: OPA does not answer, or has no rule to answer by.

        """
        return self.decide({}, ()).revision

    def close(self) -> None:
        """Let go of the connections."""
        self._exchange.close()

    def _asked(self, question: Mapping[str, Any]) -> Mapping[str, Any]:
        body = json.dumps({"input": question}).encode()
        request = HttpRequest(
            *("POST", ASKED, self._headers, body),
            most=MAX_ANSWER,
            within=self._deadline,
        )
        try:
            return _document(self._exchange.ask(request))
        except Late:
            raise Undecided("OPA answered too late", code="gate.timeout") from None
        except TooLong:
            raise Undecided("OPA answered more than was asked") from None
        except Failed:
            raise Undecided("OPA does not answer", code="gate.unreachable") from None


def headers(token: Secret | None) -> Mapping[str, str]:
    """Give the headers of a question, with the token if there is one."""
    shown = {} if token is None else {"Authorization": f"Bearer {_text(token)}"}
    return {"Content-Type": "application/json", **shown}


def _text(token: Secret) -> str:
    return token.reveal().decode()


def _document(reply: Reply) -> Mapping[str, Any]:
    if reply.status != _OK:
        code = "gate.engine_error" if reply.status == _FAILED else "gate.unreachable"
        raise Undecided("OPA gave no decision", code=code)
    try:
        answer = parse(reply.body)
    except Malformed:
        raise Undecided("OPA answered what is not strict JSON") from None
    if not isinstance(answer, dict):
        raise Undecided("OPA answered what is no document")
    return answer


def _revision(answer: Mapping[str, Any]) -> str:
    """Tell the revision of the one bundle that OPA has; with two there is none."""
    provenance = answer.get(PROVENANCE)
    bundles = provenance.get("bundles") if isinstance(provenance, dict) else None
    if not isinstance(bundles, dict) or len(bundles) != 1:
        return ""
    (bundle,) = bundles.values()
    revision = bundle.get("revision") if isinstance(bundle, dict) else None
    return revision if isinstance(revision, str) else ""
