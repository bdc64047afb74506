"""Random schedules: people act, stores are copied, crashes happen, copies come back.

A `World` is one home whose people do what the registry of acts knows, in sessions. At
the end of each session the stores may be copied; a session may end in a crash between
the commit of an order and its line in the mirror, or between that and the note of it.
What was answered after the last acknowledged act is what no restore may exceed.
"""

import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from bundles import replaced, shipped
from clocks import ManualClock
from houses import CAMPAIGN, CASE, HISTORY, IDEA, Scenario, caring
from import_files import HEAD, run
from reaching import KIM, LEE, WHY, care

from consent import ConsentWord
from kit.clock import iso
from kit.errors import AllodError, Conflict, NotFound, Refused
from ledger.files.order_files import OrderFiles
from pdp.decision.question import Kind
from server.auth.principals import Bearer
from server.cli import program
from vault import Principal, Question, WriteResult
from vault._internal.sqlite.orders import SqliteOrderChain
from vault.customers.corrections import Correction
from vault.imports.import_report import ImportReport
from vault.organisation.organisation import Post, Unit
from vault.organisation.restricted import RestrictionGround

PEOPLE = ("ada", "bob", "cleo", "dora", "eve", "finn")
STUDIO = Principal(Kind.SERVICE, "studio", roles=("marketing",))
QUESTIONS = {
    "case": (CASE, "profile"),
    "bought": (CASE, "purchase"),
    "campaign": (CAMPAIGN, "profile"),
    "kim": (Question(KIM, "support.case"), "profile"),
    "lee": (Question(LEE, "support.case"), "profile"),
    "advertise": (Question(STUDIO, "ugc.advertise"), "idea"),
}
FUTURE = timedelta(days=300)
STORES = ("vault.db", "audit.db", "keys")

Answers = dict[tuple[str, str], bool]


class Crash(BaseException):
    """The process is gone."""


@dataclass
class World:
    """One home, and what its people were told."""

    home: Path
    clock: ManualClock
    chance: random.Random
    ideas: dict[str, WriteResult] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    holds: dict[str, list[bytes]] = field(default_factory=dict)
    grants: dict[str, list[bytes]] = field(default_factory=dict)
    opened_since: set[tuple[str, str]] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    bundles: int = 0
    digest: str = ""

    def people(self) -> list[str]:
        return [name for name in PEOPLE if name not in self.erased]


def settle(world: World, scenario: Scenario) -> None:
    """Have everybody there, with something to read and everything allowed."""
    organisation = care(scenario).organisation
    for unit, within in (("north", None), ("south", None), ("shop", "north")):
        organisation.set_unit(Unit(unit, "campus", within), by="ann")
    until = scenario.clock.now() + FUTURE
    organisation.post(Post("kim", "north", until), by="ann")
    for name in PEOPLE:
        scenario.customer(name)
        scenario.profile(name)
        world.ideas[name] = scenario.put(name, "idea", IDEA)
        scenario.grant(name)
        scenario.license(name, world.ideas[name], "ugc.advertise", days=300)
    organisation.place(caring("ann"), "ada", "shop")
    care(scenario).assignments.assign(caring("ann"), "bob", staff="lee", until=until)
    assert _bring(scenario, PEOPLE).written == len(PEOPLE)
    for name in ("door", "desk"):
        bearer = Bearer(Principal(Kind.SERVICE, name, roles=("support",)), (), ())
        with scenario.house.vault_db.write() as session:
            world.tokens[name] = scenario.house.tokens.mint(
                session, bearer, life=timedelta(days=300)
            )
    world.digest = scenario.house.bundle.digest


def _bring(scenario: Scenario, names: Iterable[str]) -> ImportReport:
    """Import the same purchase of each of some."""
    table = HEAD + "".join(f"{name},2026-01-01,1,2.50\n" for name in names)
    return run(scenario.house.imports, scenario.home.parent, table)


def answers(world: World, scenario: Scenario) -> Answers:
    """Ask every question about everybody."""
    return (
        {
            (asked, name): _shows(scenario, question, name, collection)
            for asked, (question, collection) in QUESTIONS.items()
            for name in PEOPLE
        }
        | {("no objection", name): _may(scenario, name) for name in PEOPLE}
        | {
            ("token", name): scenario.house.tokens.find(text) is not None
            for name, text in world.tokens.items()
        }
    )


def _shows(scenario: Scenario, question: Question, name: str, collection: str) -> bool:
    try:
        return bool(scenario.house.gate.list_records(question, name, collection).items)
    except AllodError:
        return False


def _may(scenario: Scenario, name: str) -> bool:
    """Tell whether somebody is there who does not object."""
    subject = scenario.house.customers.subject_of(name)
    if subject is None:
        return False
    with scenario.house.vault_db.read() as session:
        state = scenario.house.grants.state(session, subject, "analytics.aggregate")
    return state is not ConsentWord.OBJECTED


Act = Callable[[World, Scenario, str], object]


def _consent(verb: str, purpose: str) -> Act:
    def act(world: World, scenario: Scenario, name: str) -> None:
        with scenario.house.vault_db.write() as session:
            getattr(scenario.house.grants, verb)(
                session, scenario.subject(name), purpose
            )

    return act


def _grant(world: World, scenario: Scenario, name: str) -> None:
    scenario.grant(name)
    world.opened_since.add(("campaign", name))


def _shorten(world: World, scenario: Scenario, name: str) -> None:
    with scenario.house.vault_db.write() as session:
        scenario.house.grants.grant(
            *(session, scenario.subject(name), "marketing.email"),
            notice_version=1,
            language="en",
            until=scenario.clock.now() + timedelta(days=world.chance.randint(1, 3)),
        )
    world.opened_since.add(("campaign", name))


def _item(verb: str) -> Act:
    def act(world: World, scenario: Scenario, name: str) -> None:
        subject, record = scenario.subject(name), world.ideas[name].record
        with scenario.house.vault_db.write() as session:
            getattr(scenario.house.authorizations, verb)(session, subject, record)

    return act


def _license(world: World, scenario: Scenario, name: str) -> None:
    days = world.chance.choice((2, 300))
    scenario.license(name, world.ideas[name], "ugc.advertise", days=days)
    world.opened_since.add(("advertise", name))


def _hold(world: World, scenario: Scenario, name: str) -> None:
    made = care(scenario).holds.set(caring("ann"), name, reason=WHY)
    world.holds.setdefault(name, []).append(made.hold_id)


def _unhold(world: World, scenario: Scenario, name: str) -> None:
    held = world.holds.get(name)
    if held:
        care(scenario).holds.lift(caring("ann"), name, held[-1], reason=WHY)
        held.pop()


def _restrict(world: World, scenario: Scenario, name: str) -> None:
    care(scenario).restrictions.restrict(caring("ann"), name, reason=WHY)


def _unrestrict(world: World, scenario: Scenario, name: str) -> None:
    care(scenario).restrictions.lift(caring("ann"), name, reason=WHY)


def _correct(world: World, scenario: Scenario, name: str) -> None:
    minor = world.chance.choice(("yes", "no"))
    scenario.house.vault.righting.corrections.correct(
        caring("ann"), name, Correction(minor=minor), reason=WHY, office=True
    )
    if minor == "no":
        world.opened_since.add(("campaign", name))


def _restrict_own(world: World, scenario: Scenario, name: str) -> None:
    ground = world.chance.choice(list(RestrictionGround))
    with scenario.house.vault_db.write() as session:
        care(scenario).restrictions.claim(session, scenario.subject(name), ground)


def _lift_own(world: World, scenario: Scenario, name: str) -> None:
    with scenario.house.vault_db.write() as session:
        care(scenario).restrictions.release(session, scenario.subject(name))


def _remove(world: World, scenario: Scenario, name: str) -> None:
    scenario.house.vault.righting.removals.remove_own(
        scenario.own(name), world.ideas[name].record
    )


def _import(world: World, scenario: Scenario, name: str) -> None:
    _bring(scenario, [name])
    world.opened_since.add(("bought", name))


def _take_back(_: World, scenario: Scenario, __: str) -> None:
    taking_back = scenario.house.vault.righting.taking_back
    for each in taking_back.known():
        taking_back.take(HISTORY, each.number, reason=WHY)


def _assign(world: World, scenario: Scenario, name: str) -> None:
    until = scenario.clock.now() + timedelta(days=world.chance.choice((2, 300)))
    care(scenario).assignments.assign(caring("ann"), name, staff="lee", until=until)
    world.opened_since.add(("lee", name))


def _unassign(world: World, scenario: Scenario, name: str) -> None:
    care(scenario).assignments.unassign(caring("ann"), name, staff="lee")


def _give_access(world: World, scenario: Scenario, name: str) -> None:
    until = scenario.clock.now() + timedelta(days=5)
    purpose = "support.case"
    given = care(scenario).grants.give(
        caring("ann"), name, staff="kim", purpose=purpose, until=until, reason=WHY
    )
    world.grants.setdefault(name, []).append(given.grant_id)
    world.opened_since.add(("kim", name))


def _end_access(world: World, scenario: Scenario, name: str) -> None:
    given = world.grants.get(name)
    if given:
        care(scenario).grants.revoke(caring("ann"), name, given[-1])
        given.pop()


def _place(world: World, scenario: Scenario, name: str) -> None:
    unit = world.chance.choice(("north", "south", "shop"))
    care(scenario).organisation.place(caring("ann"), name, unit)
    world.opened_since.add(("kim", name))


def _displace(world: World, scenario: Scenario, name: str) -> None:
    units = care(scenario).organisation.units_of(name)
    if units:
        care(scenario).organisation.displace(
            caring("ann"), name, world.chance.choice(units)
        )


def _move(world: World, scenario: Scenario, _: str) -> None:
    within = world.chance.choice((None, "north", "south"))
    care(scenario).organisation.set_unit(Unit("shop", "campus", within), by="ann")


def _remove(world: World, scenario: Scenario, _: str) -> None:
    care(scenario).organisation.remove_unit("shop", by="ann")


def _post(world: World, scenario: Scenario, _: str) -> None:
    until = scenario.clock.now() + timedelta(days=world.chance.choice((2, 300)))
    care(scenario).organisation.post(Post("kim", "north", until), by="ann")
    world.opened_since |= {("kim", name) for name in PEOPLE}


def _unpost(world: World, scenario: Scenario, _: str) -> None:
    care(scenario).organisation.unpost("kim", "north", by="ann")


def _revoke(world: World, scenario: Scenario, _: str) -> None:
    name = world.chance.choice(list(world.tokens))
    with scenario.house.vault_db.write() as session:
        scenario.house.tokens.revoke(session, name)
    world.revoked.add(name)


def _erase(world: World, scenario: Scenario, name: str) -> None:
    if len(world.people()) > 2:
        scenario.house.erasure.erase(scenario.subject(name))
        world.erased.add(name)


def _govern(world: World, scenario: Scenario, _: str) -> None:
    world.bundles += 1
    text = shipped().texts["README.md"] + f"\nEdition {world.bundles}.\n"
    bundle = replaced("README.md", text)
    scenario.put_in_force(bundle)
    world.digest = bundle.digest


ACTS: dict[str, Act] = {
    "consent:withdrawn": _consent("withdraw", "marketing.email"),
    "consent:objected": _consent("object_", "analytics.aggregate"),
    "consent:objection_withdrawn": _consent("end_objection", "analytics.aggregate"),
    "consent:granted": _grant,
    "consent:granted, to end sooner": _shorten,
    "authorization:restricted": _item("restrict"),
    "authorization:lifted": _item("lift"),
    "authorization:withdrawn": _item("withdraw"),
    "authorization:licensed": _license,
    "hold.set": _hold,
    "hold.lifted": _unhold,
    "restriction.set": _restrict,
    "restriction.lifted": _unrestrict,
    "restriction.claimed": _restrict_own,
    "restriction.released": _lift_own,
    "customer.corrected": _correct,
    "contribution.removed": _remove,
    "import.taken_back": _take_back,
    "record.written": _import,
    "reach.assigned": _assign,
    "reach.unassigned": _unassign,
    "access.granted": _give_access,
    "access.revoked": _end_access,
    "reach.placed": _place,
    "reach.displaced": _displace,
    "org:moved": _move,
    "org:removed": _remove,
    "org:posted": _post,
    "org:unposted": _unpost,
    "token.revoked": _revoke,
    "erasure": _erase,
    "policy.activated": _govern,
}
RARE = {
    "policy.activated": 0.15,
    "contribution.removed": 0.3,
    "import.taken_back": 0.5,
    "erasure": 0.5,
    "org:removed": 0.3,
}


def act(world: World, scenario: Scenario) -> None:
    """Have somebody do something; what cannot be done now is not done."""
    name = world.chance.choice(world.people())
    chosen = world.chance.choice(list(ACTS))
    if world.chance.random() > RARE.get(chosen, 1.0):
        return
    world.clock.advance(minutes=7)
    with suppress(Conflict, NotFound, Refused):
        ACTS[chosen](world, scenario, name)
        world.done.add(chosen)


@contextmanager
def crashing(monkeypatch: pytest.MonkeyPatch, where: str) -> Iterator[None]:
    """Have the process die before an order's line is written, or before it is noted."""

    def die(*_: object) -> None:
        raise Crash

    owner: type = OrderFiles if where == "append" else SqliteOrderChain
    with monkeypatch.context() as patch:
        patch.setattr(owner, where, die)
        yield


def let_go(scenario: Scenario) -> None:
    """Leave a house as a process leaves it that was killed."""
    scenario.house.policies.close()
    scenario.house.stores.close()


def copy_of(home: Path, store: str) -> Path:
    return home / "keys" if store == "keys" else home / "data" / store


def copied(home: Path, store: str, into: Path) -> None:
    """Copy one store, as it lies, in the place of an earlier copy."""
    source = copy_of(home, store)
    if source.is_dir():
        shutil.rmtree(into / store, ignore_errors=True)
        shutil.copytree(source, into / store)
        return
    for suffix in ("", "-wal", "-shm"):
        (into / (store + suffix)).unlink(missing_ok=True)
        if (path := source.with_name(store + suffix)).exists():
            shutil.copy(path, into / path.name)


def put_back(home: Path, store: str, out_of: Path) -> None:
    """Put a copy in the place of a store."""
    target = copy_of(home, store)
    if target.is_dir():
        shutil.rmtree(target)
        shutil.copytree(out_of / store, target)
        return
    for suffix in ("", "-wal", "-shm"):
        target.with_name(store + suffix).unlink(missing_ok=True)
        if (path := out_of / (store + suffix)).exists():
            shutil.copy(path, target.with_name(path.name))


def restore_ledger(home: Path) -> None:
    """Run what operations.md says to run after data/ was restored."""
    assert program.run(["ledger", "restore", "--home", str(home), "--json"]) == 0


def instant(world: World) -> str:
    return iso(world.clock.now())
