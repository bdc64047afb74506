"""Every act says whether it narrows, undoes or neither, and leaves the order it owes.

Walked are the kinds of entries that the ledger knows, what people can say, and every
unit of work in the source: what is added there and says nothing fails here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import program
from schedules import ACTS

from consent import ConsentAct, UgcAct
from ledger.formats import entry_kinds
from ledger.formats.order_kinds import (
    ActEffect,
    StoreName,
    acts,
    declare_act,
    declare_order,
    order_kinds,
)

program()  # every module, which declares its acts
ROOT = Path(__file__).parents[2]
PACKAGES = ("consent", "exports", "ledger", "pdp", "server", "vault")
SAID_APART = {"consent", "authorization"}
OPENED = {"write", "work", "write_plain", "unit_of_work", "_unit_of_work"}
UPKEEP = "changes no answer: caches, signatures, numbers, or another act's own rows"

BY_ITS_CALLERS = "opens a unit of work for acts, each of which is named here"

REGISTERING = "vault.customers.registration:Registrar"

# Each unit of work, by the act that it does.
UNITS = {
    "exports.export:Exports.write": "export",
    "ledger.log:Log.restore": "restore.done",
    "ledger.publisher:Publication.add_cosignature": UPKEEP,
    "ledger.publisher:Publication._record": UPKEEP,
    "ledger.outside.trusted_time:TrustedTime._stamp": UPKEEP,
    "pdp.change.activator:Activator.activate": "policy.activated",
    "pdp.change.activator:Activator._proposed": "policy.proposed",
    "server.cli.rights:_saying": BY_ITS_CALLERS,
    "server.cli.policy_changes:approve": "policy.approved",
    "server.cli.policy_changes:withdraw": "policy.withdrawn",
    "server.cli.token:_for_customer": "token.minted",
    "server.cli.token:new": "token.minted",
    "server.cli.token:revoke": "token.revoked",
    "server.demo.asking:granted": "consent:granted",
    "server.demo.asking:withdrawn": "consent:withdrawn",
    "server.demo.asking:_objected": "consent:objected",
    "server.demo.contributing:licensed": "authorization:licensed",
    "server.demo.contributing:_vague": "authorization:licensed",
    "server.faces.consents:end_objection": "consent:objection_withdrawn",
    "server.faces.consents:object_": "consent:objected",
    "server.faces.contributions:license_": "authorization:licensed",
    "server.faces.contributions:withdraw_authorization": "authorization:withdrawn",
    "server.faces.contributions:restrict_contribution": "authorization:restricted",
    "server.faces.contributions:lift_contribution": "authorization:lifted",
    "server.faces.consents:grant": "consent:granted",
    "server.faces.consents:withdraw": "consent:withdrawn",
    "server.faces.own_restriction:lift_own": "restriction.released",
    "server.faces.own_restriction:restrict_own": "restriction.claimed",
    "server.faces.policy_changes:approve": "policy.approved",
    "server.faces.policy_changes:withdraw": "policy.withdrawn",
    "server.house.policy_reload:Follower.flush": UPKEEP,
    "server.auth.tokens:Tokens.vouch": UPKEEP,
    "server.house.wiring:_recover": "notice.published",
    "vault._internal.admission:Admission.admit": "customer.registered",
    "vault._internal.sqlite.access_log:SqliteAccessStore.insert": UPKEEP,
    "vault._internal.blind_index:BlindIndex.indexing": "record.written",
    "vault._internal.sqlite.identity:SqliteIdentity.work": UPKEEP,
    "vault._internal.keyring:Keyring.found": "key.created",
    "vault._internal.keyring:Keyring.rotate_root": "key.created",
    "vault._internal.sqlite.orders:SqliteOrderChain.sent": UPKEEP,
    "vault._internal.customer_registry:Register.begin_likenesses": UPKEEP,
    "vault._internal.customer_registry:Register.begin_tally": UPKEEP,
    "vault._internal.unlinking:Unlinking.unlink": "erasure",
    "vault._internal.unlinking:Unlinking.let_go": "erasure",
    "vault._internal.unlinking:Unlinking._let_go_some": "erasure",
    "vault._internal.unlinking:Unlinking.settle": "erasure",
    "vault._internal.sqlite.row_macs:SqliteRowMacs._lot": UPKEEP,
    "vault._internal.secrets:Secrets.begin": "key.created",
    "vault._internal.secrets:Secrets.retire": "key.retired",
    "vault._internal.secrets:Secrets._found": "key.created",
    "vault.acceptance.acceptance:Acceptance.accept": "catalogue.accepted",
    "vault.acceptance.acceptance:Acceptance.adopt": "catalogue.accepted",
    "vault.organisation.access_grants:AccessGrants.give": "access.granted",
    "vault.customers.ageing:Ageing._looked_at": "customer.came_of_age",
    "vault.gate.allowance:Allowance.charge": "verification.counted",
    "vault.organisation.staff_actions:Acts.about.done": BY_ITS_CALLERS,
    "vault.organisation.access_grants:AccessGrants.revoke": "access.revoked",
    "vault.erasure.adoption:Adoption.run": "erasure",
    "vault.erasure.adoption:Adoption._begin": "erasure",
    "vault.open:create_vault": "policy.activated",
    "vault.organisation.assignments:Assignments.assign": "reach.assigned",
    "vault.organisation.assignments:Assignments.unassign": "reach.unassigned",
    "vault.customers.corrections:Corrections.correct.work": "customer.corrected",
    "vault.erasure.erasure_replay:ErasureReplay.finish": "erasure",
    "vault.erasure.erasure:Erasure._order": "erasure",
    "vault.erasure.erasure:Erasure._tombstone": "erasure",
    "vault.erasure.erasure:Erasure._fence": "erasure",
    "vault.erasure.erasure:Erasure._unkey": "erasure",
    "vault.erasure.erasure:Erasure._purge": "erasure",
    "vault.erasure.erasure:Erasure._stamp": "erasure",
    "vault.erasure.erasure:Erasure._certify": "erasure",
    "vault.feed_keeping:FeedKeeping.begin": UPKEEP,
    "vault.feed_keeping:FeedKeeping.run_once": UPKEEP,
    "vault.heartbeat:Heartbeat._commit_lane": "lane.head",
    "vault.organisation.holds:Holds.set": "hold.set",
    "vault.organisation.holds:Holds.lift": "hold.lifted",
    "vault.imports.imports:Imports._begun": UPKEEP,
    "vault.imports.imports:Imports.run": UPKEEP,
    "vault.intake.intake:Intake._put.work": "contribution",
    "vault.intake.intake:Intake._unit_of_work": "record.written",
    "vault.intake.intake:Intake._update.work": "contribution.updated",
    "vault.intake.intake:Intake.put_batch.work": "record.written",
    "vault.keys.keys:Keys.reconcile": "key.created",
    "vault.erasure.lost_orders:LostOrders.approve": "orders:approved",
    "vault.erasure.lost_orders:LostOrders.accept": "orders.accepted",
    "vault.erasure.lost_orders:LostOrders._accept": "orders.accepted",
    "vault.organisation.organisation:Organisation.arrange": "org.changed",
    "vault.organisation.organisation:Organisation.set_unit": "org:moved",
    "vault.organisation.organisation:Organisation.remove_unit": "org:removed",
    "vault.organisation.organisation:Organisation.post": "org:posted",
    "vault.organisation.organisation:Organisation.unpost": "org:unposted",
    "vault.organisation.organisation:Organisation.place": "reach.placed",
    "vault.organisation.organisation:Organisation.displace": "reach.displaced",
    f"{REGISTERING}._register_fit.work": "customer.registered",
    f"{REGISTERING}.register.work": "customer.readmitted",
    f"{REGISTERING}.register_many.work": "customer.registered",
    "vault.intake.removal:Removals.remove_own": UPKEEP,
    "vault.intake.removal:Removals.finish": UPKEEP,
    "vault.intake.removal:Removals._remove.work": "contribution.removed",
    "vault.erasure.replay:Replay.bring_back": UPKEEP,
    "vault.erasure.replay:Replay._try_again": UPKEEP,
    "vault.acceptance.resealing:Resealing.run": UPKEEP,
    "vault.organisation.restrictions:Restrictions.restrict": "restriction.set",
    "vault.organisation.restrictions:Restrictions.lift": "restriction.lifted",
    "vault.acceptance.retiring:Retiring._tell": "catalogue.retired",
    "vault.acceptance.retiring:Retiring.retire": "catalogue.retired",
    "vault.keys.row_seals:RowSeals.give": "rows.sealed",
    "vault.succession:succeed": "log.succeeded",
    "vault.imports.taking_back:TakingBack.take": UPKEEP,
    "vault.imports.taking_back:TakingBack._finish": "import.taken_back",
    "vault.imports.taking_back:TakingBack._remove.work": "import.taken_back",
    "vault.imports.taking_back:TakingBack._settle": UPKEEP,
    "vault.writes.tickets:Tickets.unit_of_work": BY_ITS_CALLERS,
    "vault.upgrade:Upgrade._raise_version": UPKEEP,
}


def units(path: Path) -> Iterator[str]:
    """Name the functions of a module that open a unit of work."""
    module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return (f"{module}:{name}" for name in dict.fromkeys(_opened(path)))


def _opened(path: Path) -> Iterator[str]:
    def walk(node: ast.AST, names: tuple[str, ...]) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            inner = names
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inner = (*names, child.name)
            if isinstance(child, ast.With) and any(map(_is_unit, child.items)):
                yield ".".join(inner)
            if _is_about_somebody(child):
                yield ".".join(inner)
            yield from walk(child, inner)

    return walk(ast.parse(path.read_text("utf-8")), ())


def _is_unit(item: ast.withitem) -> bool:
    return any(
        isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr in OPENED
        for each in ast.walk(item.context_expr)
    )


def _is_about_somebody(node: ast.AST) -> bool:
    """Tell a call of `Acts.about`, which opens the unit of work of a staff act."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "about"
    )


def test_every_unit_of_work_is_an_act_that_says_what_it_does() -> None:
    found = {
        name
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in units(path)
    }
    assert found == set(UNITS)
    assert set(UNITS.values()) - {UPKEEP, BY_ITS_CALLERS} <= set(acts())


def test_a_unit_of_work_is_found(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "class A:\n def b(self):\n  with self.c, self.database.write() as s:\n   s()\n"
    )
    assert list(_opened(path)) == ["A.b"]


def test_every_kind_of_entry_is_an_act() -> None:
    assert set(entry_kinds.declared()) - SAID_APART <= set(acts())


def test_everything_that_people_can_say_is_an_act() -> None:
    said = {f"consent:{act}" for act in ConsentAct}
    said |= {f"authorization:{act}" for act in UgcAct}
    assert said <= set(acts())


def test_what_narrows_or_undoes_leaves_an_order_and_nothing_else_does() -> None:
    owed = {act.order for act in acts().values() if act.effect is not ActEffect.NEITHER}
    assert owed <= set(order_kinds())
    assert None not in owed
    with pytest.raises(ValueError, match="leaves an order"):
        declare_act("test.silent", ActEffect.NARROWS)
    with pytest.raises(ValueError, match="leaves an order"):
        declare_act("test.loud", ActEffect.NEITHER, "erasure")
    assert not {"test.silent", "test.loud"} & set(acts())


def test_an_act_has_one_effect_and_an_order_its_stores() -> None:
    with pytest.raises(ValueError, match="one effect"):
        declare_act("hold.set", ActEffect.NEITHER)
    with pytest.raises(ValueError, match="stores"):
        declare_order("erasure", StoreName.DATA, sealed=False)
    with pytest.raises(ValueError, match="stores"):
        declare_order("test.nowhere", sealed=False)


def test_the_random_schedules_know_every_act_that_leaves_an_order() -> None:
    owing = {a.name for a in acts().values() if a.effect is not ActEffect.NEITHER}
    # Arranging is moving, removing and posting; accepting has schedules of its own.
    assert owing - {"org.changed", "orders.accepted"} <= set(ACTS)
