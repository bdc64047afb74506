"""Whether what is in force was put there by two principals, as the ledger tells it.

Tables can be edited by whoever has the file; the ledger is signed, mirrored and
compared by outsiders. So before a bundle is loaded its activation is read out of the
ledger: the entry names proposal and approvals, each of them an entry of its own, and
none may be missing, of another bundle, or of a principal who spoke already. A proposal
is good for one activation, in place of the bundle it was compared with, and for none
once it was withdrawn; and there is a way back only to what was in force.

Only the founding entry needs nobody's approval, and its place is fixed: nobody was
there to approve it, and there was nothing it could have widened.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kit.errors import CannotStart
from ledger.formats.commitment import CommitmentError
from ledger.log import Log
from pdp.change.history import Activation
from pdp.change.proposal import lacking
from pdp.change.proposals import ACTIVATED, APPROVED, PROPOSED, WITHDRAWN

FOUNDING: Final = 2
"""The index of the founding activation: after the two keys, before anything else."""


class NotApproved(CannotStart):
    """The ledger does not show that what is to be loaded was approved."""

    code = "policies_not_approved"

    def __init__(self, detail: str) -> None:
        super().__init__(
            f"the policies in force: {detail}",
            fix="keep a copy, which is evidence, and restore data/ from a backup",
        )


class Provenance:
    """Checks an activation once, as long as it is the last that was asked about."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._last: Activation | None = None

    def require(self, activation: Activation) -> None:
        """Check an activation, unless it was the last to be checked.

        Raises:
            NotApproved: as `require_approved`.

        """
        if activation != self._last:
            require_approved(self._log, activation)
            self._last = activation


def require_approved(log: Log, activation: Activation) -> None:
    """Check an activation against the entries that it rests on.

    Raises:
        NotApproved: an entry is missing, changed or another's, or the same principal
            stands behind two of them.

    """
    facts = _facts(log, activation.entry, ACTIVATED, activation.digest)
    *earlier, (newest, _) = log.operators(ACTIVATED)
    if newest != activation.entry:
        raise NotApproved("others were put in force after them")
    if activation.entry == FOUNDING:
        return
    place = _index(facts, "proposal", before=activation.entry)
    proposed = _facts(log, place, PROPOSED, activation.digest)
    if proposed.get("base") != facts.get("previous"):
        raise NotApproved("they were proposed in the place of others")
    _require_live(log, place, proposed, [each for _, each in earlier])
    _require_two(log, activation, facts, proposed)


def _require_live(
    log: Log,
    proposal: int,
    proposed: Mapping[str, Any],
    earlier: Sequence[Mapping[str, Any]],
) -> None:
    """Check a proposal against what was put in force, and taken back, before."""
    if not earlier or earlier[-1].get("digest") != proposed.get("base"):
        raise NotApproved("they replace others than those that were in force")
    used = [*earlier, *(facts for _, facts in log.operators(WITHDRAWN))]
    if any(each.get("proposal") == proposal for each in used):
        raise NotApproved("their proposal was used before, or withdrawn")
    former = {each.get("digest") for each in earlier}
    if proposed.get("rollback") is True and proposed.get("digest") not in former:
        raise NotApproved("they were never in force, so there is no way back to them")


def _require_two(
    log: Log,
    activation: Activation,
    facts: Mapping[str, Any],
    proposed: Mapping[str, Any],
) -> None:
    place = facts["proposal"]
    approvals = facts.get("approvals")
    if not isinstance(approvals, list) or len(set(approvals)) != len(approvals):
        raise NotApproved("their approvals cannot be read")
    said = [_approval(log, each, place, activation) for each in approvals]
    spoke = [proposed.get("by"), *(each.get("by") for each in said)]
    if not all(spoke) or len(set(spoke)) != len(spoke):
        raise NotApproved("one principal stands behind two steps")
    lacks = lacking(
        widens=proposed.get("widens") is not False,
        rollback=proposed.get("rollback") is True,
        plain=sum(each.get("widening") is False for each in said),
        widening=sum(_with_reason(each) for each in said),
    )
    if lacks:
        raise NotApproved(f"they lack {lacks}")


def _approval(
    log: Log, index: object, proposal: int, activation: Activation
) -> Mapping[str, Any]:
    place = _index({"approval": index}, "approval", before=activation.entry)
    facts = _facts(log, place, APPROVED, activation.digest)
    if place < proposal or facts.get("proposal") != proposal:
        raise NotApproved("an approval is of another proposal")
    return facts


def _with_reason(facts: Mapping[str, Any]) -> bool:
    return facts.get("widening") is True and bool(facts.get("reason"))


def _index(facts: Mapping[str, Any], name: str, *, before: int) -> int:
    index = facts.get(name)
    if type(index) is not int or not 0 <= index < before:
        raise NotApproved(f"the entry names no {name}")
    return index


def _facts(log: Log, index: int, kind: str, digest: str) -> Mapping[str, Any]:
    try:
        statement = log.statement(index)
    except CommitmentError:
        raise NotApproved("an entry of the ledger does not open") from None
    facts = statement["facts"]
    if statement["kind"] != kind or not isinstance(facts, dict):
        raise NotApproved("an entry of the ledger is of another kind")
    if facts.get("digest") != digest:
        raise NotApproved("an entry of the ledger names another bundle")
    return facts
