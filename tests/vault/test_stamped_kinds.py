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
from houses import CASE, HISTORY, IDEA, Story, caring, opened
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
Act = Callable[[Story], object]


def contribute(story: Story) -> None:
    story.idea()


def update(story: Story) -> None:
    idea = story.idea()
    story.house.intake.update_own(
        story.own("ada"), idea.record, IDEA | {"title": "Better"}, version=1
    )


def allow(story: Story) -> None:
    story.license("ada", story.idea(), "ugc.display")


def disallow(story: Story) -> None:
    idea = story.idea()
    story.license("ada", idea, "ugc.display")
    with story.house.vault_db.write() as session:
        story.house.authorizations.withdraw(session, story.subject("ada"), idea.record)


def object_to(story: Story) -> None:
    with story.house.vault_db.write() as session:
        story.house.grants.object_(session, story.subject("ada"), "analytics.aggregate")


def withdraw(story: Story) -> None:
    story.grant("ada")
    story.withdraw("ada")


def export(story: Story) -> None:
    b"".join(story.house.exports.write(story.subject("ada")))


def erase(story: Story) -> None:
    story.house.erasure.erase(story.subject("ada"))


def come_back(story: Story) -> None:
    erase(story)
    story.register("ada", readmit="she asked to come back")


def read(story: Story) -> None:
    story.read(CASE, "ada", story.profile())
    story.house.vault.heartbeat.run_once()


def rotate(story: Story) -> None:
    story.house.vault.keys.rotate(LEDGER)


def retire(story: Story) -> None:
    rotate(story)
    story.house.vault.keys.retire(LEDGER)


def place(story: Story) -> None:
    unit(story, "north")
    care(story).organisation.place(caring("ann"), "ada", "north")


def displace(story: Story) -> None:
    place(story)
    care(story).organisation.displace(caring("ann"), "ada", "north")


def assign(story: Story) -> None:
    care(story).assignments.assign(caring("ann"), "ada", staff="kim", until=soon(story))


def unassign(story: Story) -> None:
    assign(story)
    care(story).assignments.unassign(caring("ann"), "ada", staff="kim")


def revoke(story: Story) -> None:
    care(story).grants.revoke(caring("ann"), "ada", grant(story).grant_id)


def hold(story: Story) -> bytes:
    return care(story).holds.set(caring("ann"), "ada", reason=WHY).hold_id


def lift_hold(story: Story) -> None:
    care(story).holds.lift(caring("ann"), "ada", hold(story), reason=WHY)


def restrict(story: Story) -> None:
    care(story).restrictions.restrict(caring("ann"), "ada", reason=WHY)


def restrict_own(story: Story) -> None:
    with story.house.vault_db.write() as session:
        care(story).restrictions.claim(
            session, story.subject("ada"), RestrictionGround.CLAIMS
        )


def lift_own(story: Story) -> None:
    restrict_own(story)
    with story.house.vault_db.write() as session:
        care(story).restrictions.release(session, story.subject("ada"))


def lift_restriction(story: Story) -> None:
    restrict(story)
    care(story).restrictions.lift(caring("ann"), "ada", reason=WHY)


def correct(story: Story) -> None:
    story.house.vault.righting.corrections.correct(
        caring("ann"), "ada", Correction(region="uk"), reason=WHY, office=True
    )


def come_of_age(story: Story) -> None:
    today = story.clock.now().date()
    born = today.replace(year=today.year - 15, day=1).isoformat()
    story.house.vault.righting.corrections.correct(
        caring("ann"),
        "ada",
        Correction(minor="unknown", birth_date=born),
        reason=WHY,
        office=True,
    )
    story.clock.advance(days=400)
    story.house.vault.heartbeat.run_once()


def remove(story: Story) -> None:
    story.house.vault.righting.removals.remove_own(
        story.own("ada"), story.idea().record
    )


def rectify(story: Story) -> None:
    story.house.vault.righting.rectification.correct_own(
        story.own("ada"), story.profile().record, {"city": "Bonn"}
    )


def govern(story: Story) -> None:
    story.put_in_force(few())


def take_back(story: Story) -> None:
    proposals = story.house.governing.proposals
    with story.house.vault_db.write() as session:
        made = proposals.propose(session, "d" * 64, by="ann", widens=False)
        proposals.withdraw(session, made.number, by="ann")


def accept_catalogue(story: Story) -> None:
    rewrite(story.home, TOPICS_DROPPED)
    accept(story.home, story.clock)


def retire_field(story: Story) -> None:
    story.profile(newsletter_topics="lamps")
    accept_catalogue(story)
    with opened(story.home, story.clock) as other:
        other.house.vault.retiring.retire("profile", "newsletter_topics")


def take_import_back(story: Story) -> None:
    run(story.house.imports, story.home.parent, lines(1))
    taking_back = story.house.vault.righting.taking_back
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
    "org.changed": (lambda story: unit(story, "north"),),
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
    story: Story, monkeypatch: pytest.MonkeyPatch, kind: str, act: Act
) -> None:
    story.customer()
    before = story.house.log.count(entry_kinds.declared()[kind])
    with stamped(monkeypatch) as made:
        act(story)
    assert story.house.log.count(entry_kinds.declared()[kind]) > before
    assert kind == "erasure" or made[kind] is entry_kinds.declared()[kind]
    assert set(made) <= set(CASES)


def test_every_kind_that_is_declared_has_its_case() -> None:
    declared = set(entry_kinds.declared())
    assert set(CASES) <= declared
    assert declared - set(CASES) <= set(ELSEWHERE)
    for kind, file in ELSEWHERE.items():
        assert f'"{kind}"' in (Path(__file__).parent / file).read_text("utf-8")
