"""Last chapters: the customer takes everything along, and goes."""

import json
import zipfile
from typing import Final

from kit.errors import NotFound
from ledger.checks.audit import fsck
from server.demo.arriving import imported, sources
from server.demo.asking import CASE
from server.demo.contributing import POLICY, RECEIPT
from server.demo.stage import CUSTOMER, DoesNotHold, Stage, must
from server.ops.verification import verify

EXPORT: Final = "export.zip"
CERTIFICATE: Final = "certificate.json"
FENCED: Final = "fence.erased"


def exported(stage: Stage) -> None:
    """One call, one archive: opened, listed, verified."""
    archive = b"".join(stage.house.exports.write(stage.subject()))
    path = stage.keep(EXPORT, archive)
    with zipfile.ZipFile(path) as opened:
        for info in opened.infolist():
            stage.say(f"    {info.file_size:>9,}  {info.filename}")
        ideas = json.loads(opened.read("records/idea.json"))["records"]
        must(bool(ideas), "the idea is in the archive, in the clear")
    facts = verify(path, stage.out / POLICY).facts
    stage.say(
        f"  out/{EXPORT} verifies: {facts['files']} files,"
        f" {facts['proven']} of {facts['entries']} ledger entries with their content"
    )


def erased(stage: Stage) -> None:
    """Everything about the customer goes; a certificate says so."""
    house = stage.house
    ordered = house.erasure.erase(stage.subject())
    state = house.erasure.state(ordered.order_id, ordered.secret)
    path = stage.keep(CERTIFICATE, json.dumps(state.certificate, indent=1).encode())
    facts = verify(path, stage.out / POLICY).facts
    must(facts["erasure"] == ordered.order_id.hex(), "the certificate is of this order")
    stage.say(f"  out/{CERTIFICATE} verifies: erased at {facts['live_erased_at']},")
    stage.say(f"  entry {facts['index']} of the ledger; finality {facts['finality']}.")
    stage.say("  What it says it cannot prove:")
    for each in facts["not_proven"]:
        stage.say(f"    - {each}")


def gone(stage: Stage) -> None:
    """Reads find nobody; the copy of the receipt that was taken still verifies."""
    try:
        stage.ask(CASE, "profile")
    except NotFound as error:
        stage.say(f"  helpdesk asks for customer {CUSTOMER}: {error.detail}")
    else:
        raise DoesNotHold("an erased customer was read")
    found = verify(stage.out / RECEIPT, stage.out / POLICY)
    stage.say(
        f"  the vault cannot make that receipt again; the customer's copy of entry"
        f" {found.facts['index']} still verifies"
    )


def repeated(stage: Stage) -> None:
    """The same files once more: nobody comes back, and nothing is there twice."""
    for title, file, map_ in sources(stage):
        report = imported(stage, title, file, map_)
        stage.say(
            f"  {title}: {report.already:,} were there already, {report.written}"
            f" written, {report.refused} refused ({FENCED})"
        )
        must(report.written == 0, "nothing is written that was there")
        must(set(report.codes) <= {FENCED}, "nothing else is refused")
        must(report.refused > 0, f"each file names customer {CUSTOMER}")
    back = stage.house.customers.subject_of(CUSTOMER)
    must(back is None, "the erased customer does not come back")


def checked(stage: Stage) -> None:
    """The operator's check: the whole ledger, and the rows against it."""
    stage.house.log.publish()
    report = fsck(stage.house.log)
    must(report.clean, "the ledger is whole")
    stage.say(
        f"  {report.entries} entries, {report.checkpoints} signed checkpoints and the"
        " mirror agree"
    )
    findings = list(stage.house.vault.rowcheck.findings())
    must(not findings, "every consent, licence and access row is as it was stamped")
    stage.say("  every consent, licence and row of the access log is as it was stamped")
