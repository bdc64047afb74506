"""The decision that comes back, read as strictly as if a stranger had written it.

An engine that answers with anything but a complete decision has not decided: the
caller of `parse_decision` gets `Undecided` with a stable `gate.*` code, and the gate
denies. There is no field that is corrected, no default that is filled in, and no
mask, obligation or version that is let through unknown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from kit.errors import Reason, Unavailable

VERSION = 1
MASK_ORDER = (
    *("clear", "bucket", "city", "last4", "initials", "handle", "token"),
    "drop",
)
"""The masks from the one that shows all to the one that shows nothing."""
MASKS = frozenset(MASK_ORDER)
OBLIGATIONS = frozenset({"cohort"})

ARTICLE = "GDPR 25(2); PIPL 51"
MEMBERS = frozenset({"v", "allow", "masks", "permits", "obligations", "reasons"})
REASON_MEMBERS = frozenset({"code", "article", "fix"})
MAX_PARAMS = 8
MAX_PARAM = 200
LEAST_COHORT = 2

_CODE = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z0-9_]*)+")
_PARAM = re.compile(r"[a-z][a-z_]{0,31}")

FIXES: Mapping[str, str] = MappingProxyType(
    {
        "gate.batch_length": "the engine lost or added items; restart it",
        "gate.child_died": "the policy engine ended; the next question restarts it",
        "gate.closed": "the policies were changed twice meanwhile; ask again",
        "gate.engine_error": "a rule cannot be evaluated; run `allod policy test`",
        "gate.inconsistent": "the gate's own rules contradict themselves; roll back",
        "gate.not_boolean": "the gate's rules must answer true or false; roll back",
        "gate.not_loaded": "the active bundle does not load; see `allod doctor`",
        "gate.revision_mismatch": "the engine has not the active bundle; restart it",
        "gate.timeout": "a rule takes too long; run `allod policy test`",
        "gate.too_many_classes": "ask about fewer records at once",
        "gate.undefined": "the gate's rules gave no decision; roll back",
        "gate.unknown_mask": "a rule names a mask that the vault has not; roll back",
        "gate.unknown_obligation": "a rule asks what the vault cannot do; roll back",
        "gate.unknown_version": "the bundle speaks another version; roll back",
        "gate.unreachable": "OPA does not answer, or not us; see deploy/README.md",
    }
)


class Undecided(Unavailable):
    """No complete, valid decision was given. The code says why."""

    code, title = "gate.undefined", "No policy decision"


@dataclass(frozen=True, slots=True)
class Obligation:
    """A condition of the permission. `cohort`: only groups of `min` or more."""

    type: str
    min: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policies said about one class of records under one revision."""

    allow: bool
    masks: Mapping[str, str]
    permits: tuple[str, ...]
    obligations: tuple[Obligation, ...]
    reasons: tuple[Reason, ...]
    revision: str = ""
    engine: str = ""
    klass: str = ""
    cached: bool = False


def denied(
    code: str, *, revision: str = "", engine: str = "", klass: str = ""
) -> Decision:
    """Make the denial of a question that was never decided."""
    reason = Reason(code, ARTICLE, FIXES.get(code, "ask the operator"))
    return Decision(
        allow=False,
        masks=MappingProxyType({}),
        permits=(),
        obligations=(),
        reasons=(reason,),
        revision=revision,
        engine=engine,
        klass=klass,
    )


def parse_decision(
    value: object, *, obligations: frozenset[str] = OBLIGATIONS
) -> Decision:
    """Read one decision document, version 1.

    Args:
        value: the engine's answer, as parsed JSON.
        obligations: the obligations that somebody here can carry out.

    Raises:
        Undecided: anything but a complete decision that is consistent in itself.

    """
    fields = _members(value, MEMBERS, "gate.undefined")
    if type(fields["v"]) is not int or fields["v"] != VERSION:
        raise _no("gate.unknown_version")
    if type(fields["allow"]) is not bool:
        raise _no("gate.not_boolean")
    decision = Decision(
        allow=fields["allow"],
        masks=_masks(fields["masks"]),
        permits=tuple(sorted(_code(text) for text in _list(fields["permits"]))),
        obligations=tuple(
            _obligation(entry, obligations) for entry in _list(fields["obligations"])
        ),
        reasons=tuple(
            sorted(
                map(_reason, _list(fields["reasons"])),
                key=lambda it: (it.code, str(it.params)),
            )
        ),
    )
    _check_consistent(decision)
    return decision


def _no(code: str) -> Undecided:
    return Undecided("the policy engine gave no valid decision", code=code)


def _members(value: object, names: frozenset[str], code: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != names:
        raise _no(code)
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise _no("gate.undefined")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _no("gate.undefined")
    return value


def _code(value: object) -> str:
    text = _text(value)
    if not _CODE.fullmatch(text):
        raise _no("gate.undefined")
    return text


def _masks(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _no("gate.undefined")
    if not all(isinstance(mask, str) and mask in MASKS for mask in value.values()):
        raise _no("gate.unknown_mask")
    return MappingProxyType(dict(sorted(value.items())))


def _obligation(value: object, known: frozenset[str]) -> Obligation:
    fields = _members(value, frozenset({"type", "min"}), "gate.unknown_obligation")
    least = fields["min"]
    kind = fields["type"]
    if not isinstance(kind, str) or kind not in known:
        raise _no("gate.unknown_obligation")
    if type(least) is not int or least < LEAST_COHORT:
        raise _no("gate.unknown_obligation")
    return Obligation(kind, least)


def _reason(value: object) -> Reason:
    # A bundle that is older than the texts by language gives no parameters.
    given = {"params": {}, **value} if isinstance(value, dict) else value
    fields = _members(given, REASON_MEMBERS | {"params"}, "gate.undefined")
    return Reason(
        _code(fields["code"]),
        _text(fields["article"]),
        _text(fields["fix"]),
        _params(fields["params"]),
    )


def _params(value: object) -> tuple[tuple[str, str | int], ...]:
    if not isinstance(value, dict) or len(value) > MAX_PARAMS:
        raise _no("gate.undefined")
    for name, param in value.items():
        short = isinstance(param, str) and len(param) <= MAX_PARAM
        if not _PARAM.fullmatch(str(name)) or not (short or type(param) is int):
            raise _no("gate.undefined")
    return tuple(sorted(value.items()))


def _check_consistent(decision: Decision) -> None:
    """Deny overrides: a permission with a denial in it is no permission."""
    if decision.allow:
        shown = any(mask != "drop" for mask in decision.masks.values())
        whole = bool(decision.permits) and not decision.reasons and shown
    else:
        whole = bool(decision.reasons) and not decision.masks
    if not whole:
        raise _no("gate.inconsistent")
