"""Last chapters: the customer takes everything along, and goes."""

import json
import zipfile
from typing import Final

from kit.errors import NotFound
from ledger.checks.audit import fsck
from server.demo.arriving import imported, sources
from server.demo.asking import CASE
from server.demo.context import CUSTOMER, DemoContext, DoesNotHold, must
from server.demo.contributing import POLICY, RECEIPT
from server.ops.verification import verify

EXPORT: Final = "export.zip"
CERTIFICATE: Final = "certificate.json"
FENCED: Final = "fence.erased"


def exported(context: DemoContext) -> None:
    """One call, one archive: opened, listed, verified."""
    archive = b"".join(context.house.exports.write(context.subject()))
    path = context.keep(EXPORT, archive)
    with zipfile.ZipFile(path) as opened:
        for info in opened.infolist():
            context.say(f"    {info.file_size:>9,}  {info.filename}")
        ideas = json.loads(opened.read("records/idea.json"))["records"]
        must(bool(ideas), "the idea is in the archive, in the clear")
    facts = verify(path, context.out / POLICY).facts
    context.say(
        f"  out/{EXPORT} verifies: {facts['files']} files,"
        f" {facts['proven']} of {facts['entries']} ledger entries with their content"
    )


def erased(context: DemoContext) -> None:
    """Everything about the customer goes; a certificate says so."""
    house = context.house
    ordered = house.erasure.erase(context.subject())
    state = house.erasure.state(ordered.order_id, ordered.secret)
    path = context.keep(CERTIFICATE, json.dumps(state.certificate, indent=1).encode())
    facts = verify(path, context.out / POLICY).facts
    must(facts["erasure"] == ordered.order_id.hex(), "the certificate is of this order")
    context.say(f"  out/{CERTIFICATE} verifies: erased at {facts['live_erased_at']},")
    context.say(
        f"  entry {facts['index']} of the ledger; finality {facts['finality']}."
    )
    context.say("  What it says it cannot prove:")
    for each in facts["not_proven"]:
        context.say(f"    - {each}")


def gone(context: DemoContext) -> None:
    """Reads find nobody; the copy of the receipt that was taken still verifies.

    Raises:
        DoesNotHold: they find somebody, or the receipt does not verify.

    """
    try:
        context.ask(CASE, "profile")
    except NotFound as error:
        context.say(f"  helpdesk asks for customer {CUSTOMER}: {error.detail}")
    else:
        raise DoesNotHold("an erased customer was read")
    found = verify(context.out / RECEIPT, context.out / POLICY)
    context.say(
        f"  the vault cannot make that receipt again; the customer's copy of entry"
        f" {found.facts['index']} still verifies"
    )


def repeated(context: DemoContext) -> None:
    """The same files once more: nobody comes back, and nothing is there twice."""
    for title, file, map_ in sources(context):
        report = imported(context, title, file, map_)
        context.say(
            f"  {title}: {report.already:,} were there already, {report.written}"
            f" written, {report.refused} refused ({FENCED})"
        )
        must(report.written == 0, "nothing is written that was there")
        must(set(report.codes) <= {FENCED}, "nothing else is refused")
        must(report.refused > 0, f"each file names customer {CUSTOMER}")
    back = context.house.customers.subject_of(CUSTOMER)
    must(back is None, "the erased customer does not come back")


def checked(context: DemoContext) -> None:
    """The operator's check: the whole ledger, and the rows against it."""
    context.house.log.publish()
    report = fsck(context.house.log)
    must(report.clean, "the ledger is whole")
    context.say(
        f"  {report.entries} entries, {report.checkpoints} signed checkpoints and the"
        " mirror agree"
    )
    findings = list(context.house.vault.rowcheck.findings())
    must(not findings, "every consent, licence and access row is as it was stamped")
    context.say(
        "  every consent, licence and row of the access log is as it was stamped"
    )
