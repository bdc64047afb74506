"""Chapters about a contribution: its receipt, and what may be done with it."""

from datetime import timedelta
from typing import Final

from kit.clock import iso
from kit.errors import Invalid
from pdp.decision.question import Kind
from server.auth.principals import OWN_ACCESS
from server.demo.context import CUSTOMER, MARKETING, DemoContext, DoesNotHold, must
from server.ops.verification import verify
from vault import Item, Principal, Question

RECEIPT: Final = "receipt.tlog-proof"
POLICY: Final = "policy.txt"
ADVERTISING: Final = Question(MARKETING, "ugc.advertise")
IDEA: Final = {
    "title": "A lamp that waits for me",
    "text": "Leave the hall light on, dimmed, until the last of us is home.",
    "language": "en",
    "product": "Lumen desk lamp",
}


def contributed(context: DemoContext) -> None:
    """An idea is contributed, stamped, and its receipt verified offline."""
    house, subject = context.house, context.subject()
    author = Principal(Kind.CUSTOMER, "customer", region="us", subject=subject)
    own = Question(author, OWN_ACCESS, action="write")
    written = house.intake.put_own(own, Item("idea", IDEA, "demo"))
    context.record = written.record
    size = house.log.publish().size
    again = house.intake.put_own(own, Item("idea", IDEA, "demo"))
    must(again.record == written.record, "a retried contribution is the same record")
    must(house.log.publish().size == size, "and adds no leaf to the ledger")
    receipt = house.receipts.of_record(subject, written.record).encode()
    policy = context.keep(POLICY, house.log.policy.encode().encode())
    path = context.keep(RECEIPT, receipt.encode())
    context.say(f"  customer {CUSTOMER} contributes “{IDEA['title']}”")
    context.say(f"  stamped as entry {written.index} of the ledger {house.log.origin}")
    found = verify(path, policy)
    must(found.facts["index"] == written.index, "the receipt leads to that entry")
    context.say(f"  out/{RECEIPT} ({len(receipt):,} bytes) verifies with out/{POLICY},")
    context.say(f"  without this vault: it was there on {found.facts['at']}")


def licensed(context: DemoContext) -> None:
    """Commercial use: refused, then licensed with scope and end date, then allowed."""
    house = context.house

    def use() -> object:
        return house.gate.read(ADVERTISING, CUSTOMER, context.record)

    context.say("  mailer wants to print the idea in an advertisement:")
    context.denied(use)
    _vague(context)
    now = house.clock.now()
    terms = {
        "purpose": ADVERTISING.purpose,
        "product": "lumen-desk-lamp",
        "territory": "us",
        "since": iso(now),
        "until": iso(now + timedelta(days=365)),
    }
    with house.vault_db.write() as session:
        house.authorizations.license(session, context.subject(), context.record, terms)
    context.say(
        f"  the author allows {terms['purpose']} of {terms['product']} in"
        f" {terms['territory']}, until {terms['until'][:10]}; mailer reads:"
    )
    shown = house.gate.read(ADVERTISING, CUSTOMER, context.record)
    must(shown.values["title"] == IDEA["title"], "the licensed use is allowed")
    must(shown.authorization == "granted", "the item carries its authorization")
    context.say(f"    {shown.values['title']}   (authorization: {shown.authorization})")


def _vague(context: DemoContext) -> None:
    """A licence without an end is none."""
    terms = {
        "purpose": ADVERTISING.purpose,
        "product": "lumen-desk-lamp",
        "territory": "us",
        "since": iso(context.house.clock.now()),
        "until": "in perpetuity",
    }
    try:
        with context.house.vault_db.write() as session:
            context.house.authorizations.license(
                session, context.subject(), context.record, terms
            )
    except Invalid as error:
        must(error.reason_code == "ugc.vague", "it is refused for being vague")
        context.say(f"  a licence “in perpetuity” is not taken: {error.fix}")
    else:
        raise DoesNotHold("a licence without an end was taken")
