"""What would be said of a write, asked before anybody is made known for it.

An import registers nobody of whom it may then write nothing, and a trial of one writes
nothing at all. So this mints no ticket and goes on no record: what is then done is
asked about as everything is, and nothing follows from a yes. No value is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from kit.clock import Clock, unix
from kit.errors import AllodError
from kit.ids import new_id
from pdp.decision.question import Action, Reach
from vault._internal.classes import Classes, CustomerClass, Unpacked
from vault._internal.ports.people import PeopleStore
from vault.catalog.catalog import CUSTOMER, Catalog
from vault.gate.policies import Policies
from vault.gate.policy_input import registration
from vault.gate.question import Question, asked_of
from vault.intake.sealing import Checked
from vault.writes.tickets import ABSENT
from vault.writes.write_verdicts import (
    Weighed,
    WriteVerdict,
    WriteVerdicts,
    require_decided,
)

Whose: TypeAlias = bytes | CustomerClass
"""A customer by their subject; one who is new, by what they would be."""


class Wished(NamedTuple):
    """A record that is to be written."""

    whose: Whose
    checked: Checked


class Foretelling:
    """Asks the policies about records and customers that are not there yet."""

    def __init__(
        self,
        *,
        people: PeopleStore,
        classes: Classes,
        catalog: Catalog,
        policies: Policies,
        clock: Clock,
    ) -> None:
        self._people = people
        self._classes = classes
        self._catalog = catalog
        self._policies = policies
        self._clock = clock

    def of_records(
        self, question: Question, wished: Sequence[Wished]
    ) -> list[AllodError | None]:
        """Say of each record, written as a new one, what would keep it out.

        Raises:
            Invalid: unknown purpose.
            Unavailable: the engine cannot answer.

        """
        persons = self._persons(question, wished)
        facts = [self._facts(each, persons) for each in wished]
        distinct = list(dict.fromkeys(each for each in facts if each is not None))
        weighed = [Weighed(each) for each in distinct]
        verdicts = self._verdicts(question).of(weighed)
        require_decided(verdicts, new_id())
        found = dict(zip(distinct, verdicts, strict=True))
        said = [ABSENT if each is None else found[each] for each in facts]
        return [verdict.error(new_id()) for verdict in said]

    def require_customers(
        self, question: Question, wanted: Sequence[CustomerClass]
    ) -> None:
        """Check that customers of these classes may be made known, by a service.

        Raises:
            Refused: the policy says no, about one of them at least.
            Unavailable: the engine cannot answer.

        """
        basis = self._catalog.basis_for(CUSTOMER, question.purpose)
        said = self._verdicts(question).of_resources(
            [
                registration(Reach.IN_SCOPE, each.region, each.minor, basis)
                for each in wanted
            ]
        )
        for reasons in said.values():
            error = WriteVerdict(reasons, visible=True).error(new_id())
            if error is not None:
                raise error

    def _verdicts(self, question: Question) -> WriteVerdicts:
        asked = replace(question, action=Action.WRITE)
        return WriteVerdicts(asked, self._policies, self._catalog, office=False)

    def _persons(
        self, question: Question, wished: Sequence[Wished]
    ) -> Mapping[bytes, int]:
        asked = asked_of(question, unix(self._clock.now()))
        subjects = {each.whose for each in wished if isinstance(each.whose, bytes)}
        return self._people.persons(asked, sorted(subjects))

    def _facts(self, each: Wished, persons: Mapping[bytes, int]) -> Unpacked | None:
        checked, contributed = each.checked, each.checked.collection.ugc
        if not isinstance(each.whose, bytes):
            return Unpacked(
                customer=each.whose,
                record=checked.known,
                consent="unknown",
                ugc="unasked" if contributed else "none",
                expired=False,
                hold=False,
                reach=Reach.IN_SCOPE.value,
            )
        person = persons.get(each.whose)
        if person is None:
            return None
        return self._classes.unpack_new(person, checked.known, contributed=contributed)
