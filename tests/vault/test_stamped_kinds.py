"""What is stamped: every kind that is declared, by the act that it stands for.

The registry is walked: a part that declares a kind without a case here fails, and so
does a kind that nothing stamps any more.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from catalogues import field_line
from few_policies import few
from houses import CASE, HISTORY, IDEA, Scenario, caring, opened
from import_files import lines, run
from reaching import WHY, care, grant, soon, unit
from recatalogued import accept, rewrite

from ledger.formats import entry_kinds
from ledger.formats.commitment import Entry
from ledger.formats.entry_kinds import EntryType
from ledger.log import Log
from vault.customers.corrections import Correction
from vault.keys.ledger_keys import LEDGER
from vault.organisation.restricted import RestrictionGround

TOPICS_DROPPED = (
    field_line("newsletter_topics"),
    "",
)
Act = Callable[[Scenario], object]


def contribute(scenario: Scenario) -> None:
    scenario.idea()


def update(scenario: Scenario) -> None:
    idea = scenario.idea()
    scenario.house.intake.update_own(
        scenario.own("ada"), idea.record, IDEA | {"title": "Better"}, version=1
    )


def allow(scenario: Scenario) -> None:
    scenario.license("ada", scenario.idea(), "ugc.display")


def disallow(scenario: Scenario) -> None:
    idea = scenario.idea()
    scenario.license("ada", idea, "ugc.display")
    with scenario.house.vault_db.write() as session:
        scenario.house.authorizations.withdraw(
            session, scenario.subject("ada"), idea.record
        )


def object_to(scenario: Scenario) -> None:
    with scenario.house.vault_db.write() as session:
        scenario.house.grants.object_(
            session, scenario.subject("ada"), "analytics.aggregate"
        )


def withdraw(scenario: Scenario) -> None:
    scenario.grant("ada")
    scenario.withdraw("ada")


def export(scenario: Scenario) -> None:
    b"".join(scenario.house.exports.write(scenario.subject("ada")))


def erase(scenario: Scenario) -> None:
    scenario.house.erasure.erase(scenario.subject("ada"))


def come_back(scenario: Scenario) -> None:
    erase(scenario)
    scenario.register("ada", readmit="she asked to come back")


def read(scenario: Scenario) -> None:
    scenario.read(CASE, "ada", scenario.profile())
    scenario.house.vault.heartbeat.run_once()


def rotate(scenario: Scenario) -> None:
    scenario.house.vault.keys.rotate(LEDGER)


def retire(scenario: Scenario) -> None:
    rotate(scenario)
    scenario.house.vault.keys.retire(LEDGER)


def place(scenario: Scenario) -> None:
    unit(scenario, "north")
    care(scenario).organisation.place(caring("ann"), "ada", "north")


def displace(scenario: Scenario) -> None:
    place(scenario)
    care(scenario).organisation.displace(caring("ann"), "ada", "north")


def assign(scenario: Scenario) -> None:
    care(scenario).assignments.assign(
        caring("ann"), "ada", staff="kim", until=soon(scenario)
    )


def unassign(scenario: Scenario) -> None:
    assign(scenario)
    care(scenario).assignments.unassign(caring("ann"), "ada", staff="kim")


def revoke(scenario: Scenario) -> None:
    care(scenario).grants.revoke(caring("ann"), "ada", grant(scenario).grant_id)


def hold(scenario: Scenario) -> bytes:
    return care(scenario).holds.set(caring("ann"), "ada", reason=WHY).hold_id


def lift_hold(scenario: Scenario) -> None:
    care(scenario).holds.lift(caring("ann"), "ada", hold(scenario), reason=WHY)


def restrict(scenario: Scenario) -> None:
    care(scenario).restrictions.restrict(caring("ann"), "ada", reason=WHY)


def restrict_own(scenario: Scenario) -> None:
    with scenario.house.vault_db.write() as session:
        care(scenario).restrictions.claim(
            session, scenario.subject("ada"), RestrictionGround.CLAIMS
        )


def lift_own(scenario: Scenario) -> None:
    restrict_own(scenario)
    with scenario.house.vault_db.write() as session:
        care(scenario).restrictions.release(session, scenario.subject("ada"))


def lift_restriction(scenario: Scenario) -> None:
    restrict(scenario)
    care(scenario).restrictions.lift(caring("ann"), "ada", reason=WHY)


def correct(scenario: Scenario) -> None:
    scenario.house.vault.righting.corrections.correct(
        caring("ann"), "ada", Correction(region="uk"), reason=WHY, office=True
    )


def come_of_age(scenario: Scenario) -> None:
    today = scenario.clock.now().date()
    born = today.replace(year=today.year - 15, day=1).isoformat()
    scenario.house.vault.righting.corrections.correct(
        caring("ann"),
        "ada",
        Correction(minor="unknown", birth_date=born),
        reason=WHY,
        office=True,
    )
    scenario.clock.advance(days=400)
    scenario.house.vault.heartbeat.run_once()


def remove(scenario: Scenario) -> None:
    scenario.house.vault.righting.removals.remove_own(
        scenario.own("ada"), scenario.idea().record
    )


def rectify(scenario: Scenario) -> None:
    scenario.house.vault.righting.rectification.correct_own(
        scenario.own("ada"), scenario.profile().record, {"city": "Bonn"}
    )


def govern(scenario: Scenario) -> None:
    scenario.put_in_force(few())


def take_back(scenario: Scenario) -> None:
    proposals = scenario.house.governing.proposals
    with scenario.house.vault_db.write() as session:
        made = proposals.propose(session, "d" * 64, by="ann", widens=False)
        proposals.withdraw(session, made.number, by="ann")


def accept_catalogue(scenario: Scenario) -> None:
    rewrite(scenario.home, TOPICS_DROPPED)
    accept(scenario.home, scenario.clock)


def retire_field(scenario: Scenario) -> None:
    scenario.profile(newsletter_topics="lamps")
    accept_catalogue(scenario)
    with opened(scenario.home, scenario.clock) as other:
        other.house.vault.retiring.retire("profile", "newsletter_topics")


def take_import_back(scenario: Scenario) -> None:
    run(scenario.house.imports, scenario.home.parent, lines(1))
    taking_back = scenario.house.vault.righting.taking_back
    taking_back.take(HISTORY, 1, reason=WHY)


CASES: dict[str, tuple[Act, ...]] = {
    "contribution": (contribute,),
    "contribution.updated": (update,),
    "contribution.removed": (remove,),
    "record.corrected": (rectify,),
    "authorization": (allow, disallow),
    "consent": (withdraw, object_to),
    "export": (export,),
    "erasure": (erase,),
    "customer.readmitted": (come_back,),
    "customer.corrected": (correct,),
    "customer.came_of_age": (come_of_age,),
    "policy.proposed": (govern,),
    "policy.approved": (govern,),
    "policy.activated": (govern,),
    "policy.withdrawn": (take_back,),
    "key.created": (rotate,),
    "key.retired": (retire,),
    "lane.head": (read,),
    "catalogue.accepted": (accept_catalogue,),
    "catalogue.retired": (retire_field,),
    "import.taken_back": (take_import_back,),
    "org.changed": (lambda scenario: unit(scenario, "north"),),
    "reach.placed": (place,),
    "reach.displaced": (displace,),
    "reach.assigned": (assign,),
    "reach.unassigned": (unassign,),
    "access.granted": (grant,),
    "access.revoked": (revoke,),
    "hold.set": (hold,),
    "hold.lifted": (lift_hold,),
    "restriction.set": (restrict,),
    "restriction.lifted": (lift_restriction,),
    "restriction.claimed": (restrict_own,),
    "restriction.released": (lift_own,),
}


# What takes a house that is closed, and is tried where houses are closed.
ELSEWHERE = {
    "key.destroyed": "keys/test_keys.py",
    "rows.sealed": "../server/house/test_upgrading.py",
    "token.created": "../server/test_attacks_by_hand.py",
    "token.revoked": "../server/test_attacks_by_hand.py",
    "log.succeeded": "test_succession.py",
    "restore.done": "erasure/test_replay.py",
    "orders.accepted": "erasure/test_lost_orders.py",
}


@contextmanager
def stamped(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, EntryType]]:
    """Note the kind of each entry that is made, and that the log took as many."""
    made: dict[str, EntryType] = {}
    count = {"made": 0, "taken": 0}
    require, append = entry_kinds.require, Log.append

    def noted(kind: str, entry_type: EntryType) -> None:
        require(kind, entry_type)
        made[kind] = entry_type
        count["made"] += 1

    def taken(log: Log, session: object, entries: list[Entry]) -> list[int]:
        count["taken"] += sum(e.type is not EntryType.ERASURE for e in entries)
        return append(log, session, entries)

    monkeypatch.setattr(entry_kinds, "require", noted)
    monkeypatch.setattr(Log, "append", taken)
    yield made
    assert count["made"] == count["taken"]


@pytest.mark.parametrize(
    ("kind", "act"), [(kind, act) for kind, acts in CASES.items() for act in acts]
)
def test_what_happens_is_stamped_as_its_kind(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, kind: str, act: Act
) -> None:
    scenario.customer()
    before = scenario.house.log.count(entry_kinds.declared()[kind])
    with stamped(monkeypatch) as made:
        act(scenario)
    assert scenario.house.log.count(entry_kinds.declared()[kind]) > before
    assert kind == "erasure" or made[kind] is entry_kinds.declared()[kind]
    assert set(made) <= set(CASES)


def test_every_kind_that_is_declared_has_its_case() -> None:
    declared = set(entry_kinds.declared())
    assert set(CASES) <= declared
    assert declared - set(CASES) <= set(ELSEWHERE)
    for kind, file in ELSEWHERE.items():
        assert f'"{kind}"' in (Path(__file__).parent / file).read_text("utf-8")
