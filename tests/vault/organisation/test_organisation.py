"""The organisation: a closure that is always the tree's, and reach that follows it."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from clocks import ManualClock
from houses import Scenario, caring, lived_in
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from reaching import KIM, LEE, care, post, reaches, soon, unit

from kit.db import Database
from kit.errors import Conflict, Invalid, NotFound, Refused
from vault._internal.ports.organisation import UnitRow
from vault._internal.sqlite.units import SqliteOrg
from vault.open import RowMacs
from vault.organisation.organisation import Chart, Post, Unit

NAMES = [f"u{number}" for number in range(9)]
RUNS = settings(max_examples=30, stateful_step_count=25, deadline=None)


@pytest.fixture
def scenario(tmp_path: Path, clock: ManualClock) -> Iterator[Scenario]:
    with lived_in(tmp_path, clock) as made:
        made.customer("ada")
        yield made


def test_a_post_reaches_the_unit_and_all_below_it_and_nothing_beside(
    scenario: Scenario,
) -> None:
    written = scenario.profile("ada")
    for name, within in (("school", None), ("north", "school"), ("south", "school")):
        unit(scenario, name, within)
    unit(scenario, "grade.7", "north")
    care(scenario).organisation.place(caring("ann"), "ada", "grade.7")
    assert not reaches(scenario, written)
    post(scenario, "north")
    post(scenario, "south", "lee")
    assert reaches(scenario, written)
    assert not reaches(scenario, written, LEE)


def test_a_branch_that_is_moved_takes_its_customers_with_it(scenario: Scenario) -> None:
    written = scenario.profile("ada")
    for name, within in (("north", None), ("south", None), ("grade.7", "north")):
        unit(scenario, name, within)
    post(scenario, "north")
    post(scenario, "south", "lee")
    care(scenario).organisation.place(caring("ann"), "ada", "grade.7")
    unit(scenario, "grade.7", "south")
    assert not reaches(scenario, written)
    assert reaches(scenario, written, LEE)


def test_a_post_ends_with_the_second_that_it_names(scenario: Scenario) -> None:
    written = scenario.profile("ada")
    unit(scenario, "north")
    post(scenario, "north", hours=1)
    care(scenario).organisation.place(caring("ann"), "ada", "north")
    scenario.clock.advance(seconds=3599)
    assert reaches(scenario, written)
    scenario.clock.advance(seconds=1)
    assert not reaches(scenario, written)
    assert care(scenario).organisation.chart().posts == ()


def test_what_is_taken_back_binds_the_next_read(scenario: Scenario) -> None:
    written, org = scenario.profile("ada"), care(scenario).organisation
    unit(scenario, "north")
    org.place(caring("ann"), "ada", "north")
    post(scenario, "north")
    org.unpost("kim", "north", by="ann")
    assert not reaches(scenario, written)
    post(scenario, "north")
    org.displace(caring("ann"), "ada", "north")
    assert not reaches(scenario, written)
    assert org.units_of("ada") == []


def test_no_unit_is_within_itself(scenario: Scenario) -> None:
    for name, within in (("a", None), ("b", "a"), ("c", "b")):
        unit(scenario, name, within)
    for within in ("a", "b", "c"):
        with pytest.raises(Conflict) as refused:
            unit(scenario, "a", within)
        assert refused.value.reason_code == "org.cycle"


def test_a_unit_that_something_is_in_stays(scenario: Scenario) -> None:
    org = care(scenario).organisation
    unit(scenario, "north")
    unit(scenario, "grade.7", "north")
    org.place(caring("ann"), "ada", "grade.7")
    for name in ("north", "grade.7"):
        with pytest.raises(Conflict):
            org.remove_unit(name, by="ann")
    org.displace(caring("ann"), "ada", "grade.7")
    post(scenario, "grade.7")
    org.remove_unit("grade.7", by="ann")
    org.remove_unit("north", by="ann")
    assert org.chart() == Chart(())


def test_nobody_gives_themselves_a_post(scenario: Scenario) -> None:
    unit(scenario, "north")
    with pytest.raises(Refused) as refused:
        care(scenario).organisation.post(Post("ann", "north", soon(scenario)), by="ann")
    assert refused.value.reason_code == "reach.same_principal"


def test_nobody_brings_customers_into_a_branch_of_their_own(scenario: Scenario) -> None:
    org, written = care(scenario).organisation, scenario.profile("ada")
    for name, within in (("north", None), ("grade.7", "north"), ("south", None)):
        unit(scenario, name, within)
    post(scenario, "north")
    for held in ("north", "grade.7"):
        with pytest.raises(Refused) as refused:
            org.place(caring("kim"), "ada", held)
        assert refused.value.reason_code == "reach.same_principal"
    org.place(caring("kim"), "ada", "south")
    for move in (
        lambda moved: org.set_unit(moved, by="kim"),
        lambda moved: org.arrange(Chart((moved,)), by="kim"),
    ):
        with pytest.raises(Refused):
            move(Unit("south", "campus", "grade.7"))
    assert not reaches(scenario, written)
    scenario.clock.advance(days=2)
    org.place(caring("kim"), "ada", "north")
    org.set_unit(Unit("south", "campus", "grade.7"), by="kim")


def test_what_cannot_be_is_refused_and_leaves_nothing(scenario: Scenario) -> None:
    org = care(scenario).organisation
    with pytest.raises(NotFound):
        unit(scenario, "north", "nowhere")
    with pytest.raises(Invalid):
        unit(scenario, "North Side")
    with pytest.raises(NotFound):
        org.place(caring("ann"), "ada", "north")
    with pytest.raises(NotFound):
        post(scenario, "north")
    unit(scenario, "north")
    with pytest.raises(Invalid):
        org.post(Post("kim", "north", scenario.clock.now()), by="ann")
    for missing in (("bob", "north"), ("ada", "north")):
        with pytest.raises(NotFound):
            org.displace(caring("ann"), *missing)
    assert [each.name for each in org.chart().units] == ["north"]


def test_a_chart_is_taken_whole_or_not_at_all(scenario: Scenario) -> None:
    org = care(scenario).organisation
    units = (Unit("school", "school"), Unit("north", "campus", "school"))
    posts = (Post("kim", "north", soon(scenario)),)
    assert org.arrange(Chart(units, posts), by="ann") == 3
    assert org.chart() == Chart((units[1], units[0]), posts)
    assert [(depth, each.name) for depth, each in org.chart().walk()] == [
        (0, "school"),
        (1, "north"),
    ]
    with pytest.raises(Refused):
        org.arrange(
            Chart((Unit("south", "campus"),), (Post("ann", "south", soon(scenario)),)),
            by="ann",
        )
    assert len(org.chart().units) == 2


def test_the_public_entry_says_what_kind_of_change_and_names_nobody(
    scenario: Scenario,
) -> None:
    unit(scenario, "north")
    post(scenario, "north")
    log = scenario.house.log
    facts = [each for _, each in log.operators("org.changed")]
    assert [each["change"] for each in facts] == ["unit.set", "post.given"]
    assert not {"ann", "kim", "north"} & {str(v) for f in facts for v in f.values()}
    assert {each["by"] for each in facts} == {scenario.house.vault.pseudonym("ann")}


def test_the_nearest_way_counts(scenario: Scenario) -> None:
    written = scenario.profile("ada")
    unit(scenario, "north")
    post(scenario, "north")
    care(scenario).organisation.place(caring("ann"), "ada", "north")
    # sales.offer is open to a branch, and marketing's roles are not kim's.
    assert reaches(scenario, written, KIM, "sales.offer")


class Trees(RuleBasedStateMachine):
    """Trees that grow, move and lose leaves; the closure is what a walk finds."""

    database: ClassVar[Database]
    rows: ClassVar[RowMacs]

    def __init__(self) -> None:
        super().__init__()
        self.store = SqliteOrg(self.database, self.rows)
        self.parents: dict[str, str | None] = {}
        with self.database.write() as session:
            for row in self.store.units():
                self.store.move(session, row.unit, None)
            for row in self.store.units():
                self.store.remove(session, row.unit)

    def above(self, name: str) -> list[str]:
        """Walk up, the naive way."""
        line = [name]
        while (parent := self.parents[line[-1]]) is not None:
            line.append(parent)
        return line

    @precondition(lambda self: len(self.parents) < len(NAMES))
    @rule(data=st.data())
    def add(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(set(NAMES) - set(self.parents))))
        within = data.draw(st.sampled_from([None, *self.parents]))
        with self.database.write() as session:
            self.store.add(session, UnitRow(name, "kind", within))
        self.parents[name] = within

    @precondition(lambda self: self.parents)
    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(list(self.parents)))
        within = data.draw(st.sampled_from([None, *self.parents]))
        with self.database.write() as session:
            cycle = within is not None and self.store.is_below(session, within, name)
            assert cycle == (within is not None and name in self.above(within))
            if cycle:
                return
            self.store.move(session, name, within)
        self.parents[name] = within

    @precondition(lambda self: self.parents)
    @rule(data=st.data())
    def remove_a_leaf(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(list(self.parents)))
        with self.database.write() as session:
            used = self.store.is_used(session, name)
            assert used == (name in self.parents.values())
            if used:
                return
            self.store.remove(session, name)
        del self.parents[name]

    @invariant()
    def the_closure_is_what_walking_up_finds(self) -> None:
        reader = self.database.reader()
        rows = reader.execute(
            "SELECT descendant, ancestor, depth FROM vault_unit_closure"
        ).fetchall()
        walked = {
            (name, above, depth)
            for name in self.parents
            for depth, above in enumerate(self.above(name))
        }
        assert set(rows) == walked
        assert len(rows) == len(walked)
        assert {(u, w) for u, _, w in self.store.units()} == set(self.parents.items())


def test_the_closure_is_always_the_trees_own(vault_db: Database) -> None:
    Trees.database, Trees.rows = vault_db, RowMacs(lambda: bytes(32))
    vault_db.offer("row_believed", Trees.rows.knows)
    run_state_machine_as_test(Trees, settings=RUNS)
