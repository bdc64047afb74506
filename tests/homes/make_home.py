"""Make the home of a release, once, with the program as it is at that release.

    python tests/homes/make_home.py tests/homes/0.1.0-v3

A folder is named after the release and after the version of what it writes
(`SCHEMA_VERSION`). Run at the commit of the release and never again for it: later
programs have to open what that one wrote, and to pass
`tests/server/house/test_frozen_homes.py` on a copy of it. Beside `home/` it leaves
`out/`, the files that people took away, and `expected.json`, what a later program has
to find. Everything in it is made up; the tokens open nothing but this home.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "support"))

from authorities import Authority, serving
from clocks import ManualClock
from houses import CASE, Story, caring, settle
from import_files import lines, run
from revisions import narrower, wider

from kit.canonical import canonical
from pdp.bundle.bundle import Bundle, install
from pdp.decision.question import Kind
from server.auth.principals import Bearer, Scope
from server.house.wiring import open_house
from vault.gate.question import Principal
from vault.organisation.organisation import Post, Unit

HEALTH = "allergic to nickel"
CONTROLLER = {"controller": "Acme GmbH", "controller_url": "https://acme.example/me"}
TICKET = {"subject": "A rash", "text": "Since the new lamp.", "health": HEALTH}


def main(folder: Path) -> None:
    """Make `home/`, `out/` and `expected.json` in a folder that is not there yet."""
    out = folder / "out"
    out.mkdir(parents=True)
    clock = ManualClock()
    settings = settle(folder / "home", clock)
    with tempfile.TemporaryDirectory() as scratch:
        authority = Authority.made(Path(scratch) / "tsa")
        shutil.copy(authority.folder / "chain.pem", out / "tsa.pem")
        with serving(authority.answer) as served:
            chain = out / "tsa.pem"
            settings = settings.model_copy(
                update={"tsa_url": served.url, "tsa_chain": chain} | CONTROLLER
            )
            with open_house(settings, clock=clock) as house:
                story = Story(house, clock, folder / "home")
                said = _live(story)
                said |= _take(story, out, said["records"])
                said["policies"] = _govern(story)
                said["reads"] = _reads(story, said["records"])
                house.log.publish()
    (folder / "expected.json").write_text(json.dumps(said, indent=1) + "\n")
    for leftover in (folder / "home").rglob("*.lock"):
        leftover.unlink()


def _live(story: Story) -> dict[str, Any]:
    """Have people do what people do; gives what was written and who may call."""
    reach, soon = story.house.vault.reach, story.clock.now() + timedelta(days=300)
    for name in ("ada", "ben", "cleo", "dora"):
        story.customer(name)
    profile, ticket = story.profile("ada"), story.put("ada", "ticket", TICKET)
    idea, fresh = story.idea("ada"), story.idea("ada", title="A lamp")
    gone = story.idea("ada", title="A mistake")
    story.license("ada", idea, "ugc.advertise", days=300)
    story.license("ada", gone, "ugc.advertise", days=300)
    story.house.vault.righting.removals.remove_own(story.own("ada"), gone.record)
    story.grant("ada", "marketing.email")
    story.withdraw("ada", "marketing.email")
    story.grant("ada", "marketing.sms")
    bens = story.profile("ben")
    story.grant("ben", "marketing.email")
    with tempfile.TemporaryDirectory() as scratch:
        run(story.house.imports, Path(scratch), lines(20))
    story.profile("dora")
    reach.organisation.set_unit(Unit("north", "campus", None), by="ann")
    reach.organisation.place(caring("ann"), "ben", "north")
    reach.organisation.post(Post("kim", "north", soon), by="ann")
    reach.assignments.assign(caring("ann"), "ada", staff="lee", until=soon)
    reach.grants.give(
        caring("ann"),
        "dora",
        staff="max",
        purpose="support.case",
        until=story.clock.now() + timedelta(days=6),
        reason="a complaint",
    )
    hold = reach.holds.set(caring("ann"), "ben", record=bens.record, reason="a lawsuit")
    reach.restrictions.restrict(caring("ann"), "dora", reason="accuracy contested")
    return {
        "made_at": "2026-11-22T12:00:00Z",
        "origin": story.house.log.origin,
        "subjects": {
            name: story.subject(name).hex() for name in ("ada", "ben", "dora")
        },
        "records": {
            "ada/profile": profile.record.hex(),
            "ada/ticket": ticket.record.hex(),
            "ada/idea": idea.record.hex(),
            "ada/unlicensed": fresh.record.hex(),
            "ada/removed": gone.record.hex(),
            "ben/profile": bens.record.hex(),
        },
        "hold": hold.hold_id.hex(),
        "health": HEALTH,
        "tokens": _tokens(story),
    }


def _tokens(story: Story) -> dict[str, str]:
    support = Bearer(
        Principal(Kind.SERVICE, "helpdesk", roles=("support",)),
        purposes=("support.case",),
        scopes=(Scope.CUSTOMERS_REGISTER, Scope.RECORDS_READ, Scope.RECORDS_WRITE),
    )
    kim = Bearer(
        Principal(Kind.STAFF, "kim", roles=("support",)),
        purposes=("support.case",),
        scopes=(Scope.RECORDS_READ,),
    )
    bearers = {
        "service": support,
        "staff": kim,
        "ada": Bearer.customer(story.subject("ada"), region="eu"),
        "revoked": replace(support, principal=replace(support.principal, name="gone")),
    }
    house = story.house
    with house.vault_db.write() as session:
        texts = {
            name: house.tokens.mint(session, bearer, life=timedelta(days=366))
            for name, bearer in bearers.items()
        }
        house.tokens.revoke(session, "gone")
    return texts


def _take(story: Story, out: Path, records: Mapping[str, str]) -> dict[str, Any]:
    """Take away what people take away; one of them leaves for good."""
    house, idea = story.house, story.idea("cleo")
    house.log.publish()
    cleo = house.receipts.of_record(story.subject("cleo"), idea.record)
    (out / "erased-idea.tlog-proof").write_text(cleo.encode())
    ordered = house.erasure.erase(story.subject("cleo"))
    house.vault.heartbeat.run_once()
    state = house.erasure.state(ordered.order_id, ordered.secret)
    (out / "certificate.json").write_text(json.dumps(state.certificate, indent=1))
    evidence = house.evidence.of_erasure(ordered.order_id, ordered.secret)
    (out / "erasure-evidence.zip").write_bytes(evidence.encode())
    ada, record = story.subject("ada"), bytes.fromhex(records["ada/idea"])
    receipt = house.receipts.of_record(ada, record).encode()
    (out / "idea.tlog-proof").write_text(receipt)
    cose = house.receipts.cose_of_record(ada, record)
    (out / "idea.cose").write_bytes(cose.encode())
    evidence = house.evidence.of_record(ada, record)
    (out / "idea-evidence.zip").write_bytes(evidence.encode())
    with (out / "export.zip").open("wb") as file:
        file.writelines(house.exports.write(ada, asked_by="customer"))
    (out / "policy.txt").write_text(house.log.policy.encode())
    (out / "consent.json").write_bytes(_consent_record(story))
    return {"erasure": {"id": ordered.order_id.hex(), "secret": ordered.secret}}


def _consent_record(story: Story) -> bytes:
    with story.house.vault_db.read() as session:
        said = story.house.grants.history(session, story.subject("ada"))
    return canonical(story.house.consent_receipts.of(said, "marketing.sms"))


def _govern(story: Story) -> dict[str, Any]:
    """Put policies in force that show less; some that show more stay half agreed."""
    house = story.house
    before = house.bundle.digest
    story.put_in_force(narrower())
    half = _half_agreed(story, wider())
    return {"before": before, "in_force": narrower().digest, "half_agreed": half}


def _half_agreed(story: Story, bundle: Bundle) -> dict[str, Any]:
    house, digest = story.house, install(bundle, story.house.home.policies)
    proposals = house.governing.proposals
    with house.vault_db.write() as session:
        number = proposals.propose(session, digest, by="ann", widens=True).number
        proposals.approve(session, number, by="ben")
    return {"number": number, "digest": digest}


def _reads(story: Story, records: Mapping[str, str]) -> dict[str, Any]:
    """Read every record that is there, as its customer and as a service may."""
    story.house.governing.follower.poll()
    gate, found = story.house.gate, {}
    for name in sorted(set(records) - {"ada/removed"}):
        customer, record = name.split("/")[0], bytes.fromhex(records[name])
        own = gate.read(story.own(customer), None, record)
        found[name] = {"collection": own.collection, "own": dict(own.values)}
        if own.collection != "idea":
            found[name]["service"] = dict(gate.read(CASE, customer, record).values)
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
