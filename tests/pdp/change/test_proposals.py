"""Proposals: every way through them, against a model that says who may do what."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from governed import DIGESTS, FOUNDED, Governed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kit.errors import AllodError, Conflict, Invalid, NotFound, Refused
from pdp.change.active import active
from pdp.change.history import activations
from pdp.change.proposal import ProposalState
from pdp.change.provenance import require_approved

_, OTHER, THIRD = DIGESTS
STAFF = ("ann", "ben", "cat", "dan")
WHY = "the regulator asked for it"

people = st.sampled_from(STAFF)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Governed]:
    governed = Governed(tmp_path)
    yield governed
    governed.close()


@dataclass
class Wish:
    """What the model knows of a proposal."""

    digest: str
    base: str
    by: str
    widens: bool
    rollback: bool
    state: str = "open"
    plain: set[str] = field(default_factory=set)
    widening: set[str] = field(default_factory=set)

    @property
    def spoke(self) -> set[str]:
        return {self.by} | self.plain | self.widening

    @property
    def ready(self) -> bool:
        return bool(self.plain or self.rollback) and bool(
            self.widening or not self.widens
        )


class ProposalMachine(RuleBasedStateMachine):
    """Whatever is tried, in whatever order, is done or refused as the model says."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.house = Governed(Path(self.folder.name))
        self.wishes: dict[int, Wish] = {}
        self.in_force = [FOUNDED]

    def teardown(self) -> None:
        self.house.close()
        self.folder.cleanup()

    def attempt(self, name: str, *args: object, **more: object) -> AllodError | None:
        size = self.house.ledger.size
        try:
            with self.house.database.write() as session:
                getattr(self.house.proposals, name)(session, *args, **more)
        except AllodError as error:
            assert self.house.ledger.size == size
            return error
        assert self.house.ledger.size == size + 1
        return None

    def open(self, number: int) -> Wish | None:
        wish = self.wishes.get(number)
        live = wish and wish.state == "open" and wish.base == self.in_force[-1]
        return wish if live else None

    def missing(self, number: int) -> type[AllodError]:
        return Conflict if number in self.wishes else NotFound

    @rule(
        digest=st.sampled_from(DIGESTS),
        by=people,
        widens=st.booleans(),
        rollback=st.booleans(),
    )
    def propose(self, digest: str, by: str, *, widens: bool, rollback: bool) -> None:
        reason = WHY if rollback else ""
        error = self.attempt(
            "propose", digest, by=by, widens=widens, rollback=rollback, reason=reason
        )
        if digest == self.in_force[-1]:
            assert isinstance(error, Conflict)
        elif rollback and digest not in self.in_force:
            assert isinstance(error, Invalid)
        else:
            assert error is None
            wish = Wish(digest, self.in_force[-1], by, widens, rollback)
            self.wishes[len(self.wishes) + 1] = wish

    @rule(number=st.integers(1, 6), by=people, widening=st.booleans())
    def approve(self, number: int, by: str, *, widening: bool) -> None:
        reason = WHY if widening else ""
        error = self.attempt("approve", number, by=by, widening=widening, reason=reason)
        wish = self.open(number)
        if wish is None:
            assert isinstance(error, self.missing(number))
        elif widening and not wish.widens:
            assert isinstance(error, Invalid)
        elif by in wish.spoke:
            assert isinstance(error, Refused)
        else:
            assert error is None
            (wish.widening if widening else wish.plain).add(by)

    @rule(number=st.integers(1, 6), by=people)
    def withdraw(self, number: int, by: str) -> None:
        error = self.attempt("withdraw", number, by=by)
        wish = self.open(number)
        if wish is None:
            assert isinstance(error, self.missing(number))
        else:
            assert error is None
            wish.state = "withdrawn"

    @precondition(lambda self: self.wishes)
    @rule(number=st.integers(1, 6), by=people)
    def activate(self, number: int, by: str) -> None:
        error = self.attempt("activate", number, by=by, showed={"compared": 1})
        wish = self.open(number)
        if wish is None:
            assert isinstance(error, self.missing(number))
        elif not wish.ready:
            assert isinstance(error, Conflict)
        else:
            assert error is None
            wish.state = "active"
            self.in_force.append(wish.digest)

    @invariant()
    def what_is_in_force_was_approved(self) -> None:
        with self.house.database.read() as session:
            newest = active(session)
        assert newest.digest == self.in_force[-1]
        require_approved(self.house.log, newest)

    @invariant()
    def everything_is_as_the_model_has_it(self) -> None:
        history = [each.digest for each in activations(self.house.database.reader())]
        assert history[::-1] == self.in_force
        with self.house.database.read() as session:
            listed = self.house.proposals.list(session)
            shadowed = self.house.proposals.waiting(session)
        for each in listed:
            wish = self.wishes[each.number]
            lapsed = wish.state == "open" and wish.base != self.in_force[-1]
            assert each.state == ("lapsed" if lapsed else wish.state)
            assert (not each.lacking) == wish.ready
        ready = [n for n in self.wishes if self.open(n) and self.wishes[n].ready]
        expected = self.wishes[max(ready)].digest if ready else None
        assert shadowed == expected


TestProposals = ProposalMachine.TestCase


def proposed(house: Governed, *, widens: bool = False) -> int:
    with house.database.write() as session:
        return house.proposals.propose(session, OTHER, by="ann", widens=widens).number


def test_each_step_is_an_entry_with_the_bundles_digest_and_no_name(
    house: Governed,
) -> None:
    number = proposed(house, widens=True)
    with house.database.write() as session:
        house.proposals.approve(session, number, by="ben")
        house.proposals.approve(session, number, by="cat", widening=True, reason=WHY)
        house.proposals.activate(session, number, by="ann", showed={"compared": 7})
    steps = [house.log.statement(index) for index in range(3, 7)]
    assert [each["kind"] for each in steps] == [
        *("policy.proposed", "policy.approved", "policy.approved", "policy.activated")
    ]
    assert {each["facts"]["digest"] for each in steps} == {OTHER}
    assert [each["facts"]["by"] for each in steps] == [
        f"pseudonym of {name}" for name in ("ann", "ben", "cat", "ann")
    ]
    assert steps[-1]["facts"]["compared"] == 7


@pytest.mark.parametrize("reason", ["", "   ", "two\nlines", "x" * 501])
def test_a_widening_is_approved_with_one_line_of_reason_or_not_at_all(
    house: Governed, reason: str
) -> None:
    number = proposed(house, widens=True)
    with house.database.write() as session, pytest.raises(Invalid) as refusal:
        house.proposals.approve(session, number, by="ben", widening=True, reason=reason)
    (fault,) = refusal.value.faults
    assert fault.pointer == "/reason"


def test_a_proposal_lapses_when_anything_else_is_put_in_force(house: Governed) -> None:
    first = proposed(house)
    with house.database.write() as session:
        second = house.proposals.propose(session, THIRD, by="ann", widens=False).number
        for number in (first, second):
            house.proposals.approve(session, number, by="ben")
        house.proposals.activate(session, second, by="ben", showed={})
        assert house.proposals.get(session, first).state is ProposalState.LAPSED
        with pytest.raises(Conflict, match="lapsed"):
            house.proposals.activate(session, first, by="ben", showed={})
