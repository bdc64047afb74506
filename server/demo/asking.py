"""Chapters in the middle: who reads what, for which purpose, and who is refused."""

from typing import Final

from pdp.decision.question import Kind
from server.auth.principals import OWN_ACCESS
from server.demo.context import CUSTOMER, MARKETING, SUPPORT, DemoContext, must
from vault import Disclosure, Principal, Question
from vault.gate.verifying import Claim

CASE: Final = Question(SUPPORT, "support.case")
MAILING: Final = Question(MARKETING, "marketing.email")
COUNTING: Final = "analytics.aggregate"


def support(context: DemoContext) -> None:
    """Support reads a customer: enough to help, no more."""
    profile = context.ask(CASE, "profile")
    context.say(f"  helpdesk reads customer {CUSTOMER} for support.case (a contract):")
    _show(context, profile)
    phone = str(profile.values["phone"])
    must(profile.masks.get("phone") == "last4", "the telephone number is masked")
    must(phone.endswith("0042") and "7700" not in phone, "four digits are left of it")
    for number, theirs in (("+44 7700 900042", True), ("+44 7700 900043", False)):
        claim = Claim("profile", "phone", number)
        told = context.house.gate.verify(CASE, CUSTOMER, claim)
        context.say(f"    is it {number}? {'yes' if told.matches else 'no'}")
        must(told.matches == theirs, "it says whether the number is the one held")


def refused(context: DemoContext) -> None:
    """Marketing asks for the same customer, without consent."""
    context.say(f"  mailer asks for customer {CUSTOMER} for marketing.email:")
    refusal = context.denied(lambda: context.ask(MAILING, "profile"))
    codes = {reason.code for reason in refusal.reasons}
    must(codes == {"consent.missing"}, "consent is the one thing that is missing")


def granted(context: DemoContext) -> None:
    """The customer is shown a notice and consents; marketing reads."""
    purpose, subject = MAILING.purpose, context.subject()
    with context.house.vault_db.write() as session:
        notice = context.house.notices.current(session, purpose)[0]
        context.house.grants.grant(
            session,
            subject,
            purpose,
            notice_version=notice.version,
            language=notice.language,
        )
    context.say(
        f"  the customer read notice {notice.version} and said yes; mailer reads:"
    )
    profile = context.ask(MAILING, "profile")
    _show(context, profile)
    must("email" in profile.values, "the address is there")
    must("email" not in profile.masks, "and is not masked")


def withdrawn(context: DemoContext) -> None:
    """The customer withdraws; the very next read is refused."""
    with context.house.vault_db.write() as session:
        context.house.grants.withdraw(session, context.subject(), MAILING.purpose)
    context.say("  the customer said no; mailer asks again, at once:")
    refusal = context.denied(lambda: context.ask(MAILING, "profile"))
    codes = {reason.code for reason in refusal.reasons}
    must(codes == {"consent.withdrawn"}, "the withdrawal binds the next read")
    _objected(context)
    _corrected(context)


def _objected(context: DemoContext) -> None:
    house, subject = context.house, context.subject()
    with house.vault_db.write() as session:
        house.grants.object_(session, subject, COUNTING)
        uses = house.grants.standing(session, subject, COUNTING).uses
    must(all(use.stopped for use in uses), "an objection stops each use")
    stopped = ", ".join(use.collection for use in uses)
    context.say(f"  and objects (GDPR 21) to {COUNTING}: it stops for {stopped}")


def _corrected(context: DemoContext) -> None:
    righting, record = context.house.vault.righting, context.ask(CASE, "profile").record
    change = {"language": "de"}
    told = righting.rectification.correct_own(_own(context), record, change).recipients
    shown = context.ask(CASE, "profile").values["language"]
    must(shown == "de", "the next read shows what was corrected")
    context.say(
        f"  and corrects (GDPR 16) the language to {shown}; to be told of it:"
        f" {', '.join(sorted({each['name'] for each in told}))}"
    )


def _own(context: DemoContext) -> Question:
    person = Principal(
        Kind.CUSTOMER, "customer", region="us", subject=context.subject()
    )
    return Question(person, OWN_ACCESS, action="write")


def _show(context: DemoContext, disclosure: Disclosure) -> None:
    for name, value in disclosure.values.items():
        mask = disclosure.masks.get(name)
        context.say(f"    {name:<18} {value}{f'   ({mask})' if mask else ''}")
    if disclosure.omitted:
        context.say(f"    left out: {', '.join(disclosure.omitted)}")
