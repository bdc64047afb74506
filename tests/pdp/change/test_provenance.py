"""What is loaded was approved, as the ledger tells it; tables alone convince nobody."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from governed import DIGESTS, FOUNDED, Governed

from pdp.change.active import activate
from pdp.change.history import Activation, activations
from pdp.change.provenance import FOUNDING, NotApproved, require_approved

_, OTHER, THIRD = DIGESTS
WHY = "the regulator asked for it"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Governed]:
    governed = Governed(tmp_path)
    yield governed
    governed.close()


def newest(house: Governed) -> Activation:
    return activations(house.database.reader())[0]


def forged(house: Governed, *steps: tuple[str, Mapping[str, Any]]) -> Activation:
    """Stamp entries as somebody with the signer would; the last is the activation."""
    with house.database.write() as session:
        for kind, facts in steps:
            entry = house.log.stamp_operator(session, kind, facts)
        activate(session, digest=OTHER, at=0, entry=entry)
    return newest(house)


def scenario(**changes: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """A widening that two others approved, entries 3 to 6; each step can be changed."""
    steps: dict[str, tuple[str, dict[str, Any]]] = {
        "proposed": (
            "policy.proposed",
            {"by": "ann", "base": FOUNDED, "widens": True, "rollback": False},
        ),
        "approved": (
            "policy.approved",
            {"by": "ben", "proposal": 3, "widening": False, "reason": ""},
        ),
        "widened": (
            "policy.approved",
            {"by": "cat", "proposal": 3, "widening": True, "reason": WHY},
        ),
        "activated": (
            "policy.activated",
            {"by": "ann", "previous": FOUNDED, "proposal": 3, "approvals": [4, 5]},
        ),
    }
    return [
        (kind, {"digest": OTHER} | facts | dict(changes.get(name, {})))
        for name, (kind, facts) in steps.items()
    ]


def test_the_founding_activation_needs_nobody(house: Governed) -> None:
    require_approved(house.log, newest(house))


def test_a_change_that_two_others_approved_is_loaded(house: Governed) -> None:
    require_approved(house.log, forged(house, *scenario()))


FORGERIES = {
    "the proposer approved it": {"approved": {"by": "ann"}},
    "the proposer approved the widening": {"widened": {"by": "ann"}},
    "one principal approved both": {"widened": {"by": "ben"}},
    "an approval names nobody": {"approved": {"by": ""}},
    "the proposal names nobody": {"proposed": {"by": ""}},
    "no approval is named": {"activated": {"approvals": []}},
    "one approval is lacking": {"activated": {"approvals": [5]}},
    "the widening's approval is lacking": {"activated": {"approvals": [4]}},
    "one approval is named twice": {"activated": {"approvals": [4, 4]}},
    "the approvals are no list": {"activated": {"approvals": "4, 5"}},
    "an approval is no index": {"activated": {"approvals": [4, True]}},
    "an approval is yet to come": {"activated": {"approvals": [4, 99]}},
    "an approval is a proposal": {"activated": {"approvals": [4, 3]}},
    "an approval is of another bundle": {"approved": {"digest": THIRD}},
    "an approval is of another proposal": {"approved": {"proposal": 2}},
    "the widening has no reason": {"widened": {"reason": ""}},
    "the widening was not approved as one": {"widened": {"widening": "yes"}},
    "the proposal is of another bundle": {"proposed": {"digest": THIRD}},
    "the proposal is another entry": {"activated": {"proposal": 1}},
    "no proposal is named": {"activated": {"proposal": None}},
    "others were to be replaced": {"activated": {"previous": THIRD}},
    "the entry names another bundle": {"activated": {"digest": THIRD}},
    "whether it widens is not said": {
        "proposed": {"widens": None},
        "activated": {"approvals": [4]},
    },
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_nothing_is_loaded_where(house: Governed, forgery: str) -> None:
    activation = forged(house, *scenario(**FORGERIES[forgery]))
    with pytest.raises(NotApproved) as refusal:
        require_approved(house.log, activation)
    assert refusal.value.fix


def test_a_proposal_that_was_withdrawn_is_not_loaded_whatever_its_row_says(
    house: Governed,
) -> None:
    *steps, activated = scenario()
    withdrawn = "policy.withdrawn", {"by": "ann", "digest": OTHER, "proposal": 3}
    with pytest.raises(NotApproved, match="withdrawn"):
        require_approved(house.log, forged(house, *steps, withdrawn, activated))


def test_a_proposal_is_good_for_one_activation(house: Governed) -> None:
    forged(house, *scenario())
    back = {"by": "ann", "base": OTHER, "digest": FOUNDED, "widens": False}
    _back(house, back | {"rollback": True}, 7)
    with pytest.raises(NotApproved, match="used before"):
        require_approved(house.log, forged(house, scenario()[-1]))


def test_there_is_a_way_back_only_to_what_the_ledger_says_was_in_force(
    house: Governed,
) -> None:
    back = {"by": "ann", "base": FOUNDED, "widens": False, "rollback": True}
    with pytest.raises(NotApproved, match="never in force"):
        require_approved(house.log, _back(house, back | {"digest": OTHER}, 3))


def test_what_replaces_others_than_those_in_force_is_not_loaded(
    house: Governed,
) -> None:
    forged(house, *scenario())
    steps = scenario(
        approved={"proposal": 7},
        widened={"proposal": 7},
        activated={"proposal": 7, "approvals": [8, 9]},
    )
    with pytest.raises(NotApproved, match="replace others"):
        require_approved(house.log, forged(house, *steps))


def _back(house: Governed, proposed: Mapping[str, Any], index: int) -> Activation:
    """Stamp a way back, which needs no approval, and its activation."""
    digest, base = proposed["digest"], proposed["base"]
    done = {"by": "ann", "digest": digest, "previous": base, "proposal": index}
    with house.database.write() as session:
        house.log.stamp_operator(session, "policy.proposed", proposed)
        facts = done | {"approvals": []}
        entry = house.log.stamp_operator(session, "policy.activated", facts)
        activate(session, digest=digest, at=0, entry=entry)
    return newest(house)


def _repointed(house: Governed) -> None:
    with house.database.write() as session:
        activate(session, digest=FOUNDED, at=0, entry=FOUNDING)


TAMPERINGS: dict[str, Callable[[Governed], None]] = {
    "the table goes back to the founding": _repointed,
    "the table names a bundle that nobody approved": lambda house: house.ledger.tamper(
        "UPDATE pdp_activation SET digest = ? WHERE number = 2", THIRD
    ),
    "the table names an entry that is not there": lambda house: house.ledger.tamper(
        "UPDATE pdp_activation SET entry = 99 WHERE number = 2"
    ),
    "an opening was rewritten": lambda house: house.ledger.tamper(
        "UPDATE ledger_operator SET payload ="
        " CAST(replace(CAST(payload AS TEXT), 'cat', 'dan') AS BLOB)"
    ),
    "an opening is gone": lambda house: house.ledger.tamper(
        "DELETE FROM ledger_operator WHERE idx = 4"
    ),
    "every opening is gone": lambda house: house.ledger.tamper(
        "DELETE FROM ledger_operator"
    ),
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_a_table_that_was_edited_convinces_nobody(
    house: Governed, tampering: str
) -> None:
    forged(house, *scenario())
    TAMPERINGS[tampering](house)
    with pytest.raises(NotApproved):
        require_approved(house.log, newest(house))
