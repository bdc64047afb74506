"""What staff arranged about a person, in that person's own export, with its proof."""

import json

from archives import unpack
from houses import Story, caring
from one_verifier import verify_archive
from reaching import WHY, care, grant, soon

from ledger.checks.audit import fsck
from ledger.formats.trust_policy import TrustPolicy


def test_an_export_tells_who_was_let_near_by_whom_and_why(story: Story) -> None:
    story.customer("ada")
    given = grant(story)
    care(story).grants.revoke(caring("ben"), "ada", given.grant_id)
    record = story.profile("ada").record
    care(story).holds.set(caring("ann"), "ada", record=record, reason=WHY)
    care(story).assignments.assign(caring("ann"), "ada", staff="lee", until=soon(story))
    data = b"".join(story.house.exports.write(story.subject("ada")))
    files = unpack(data)
    acts = {each["kind"]: each for each in json.loads(files["acts.json"])["acts"]}
    assert set(acts) == {
        *("access.granted", "access.revoked", "hold.set", "reach.assigned")
    }
    granted = acts["access.granted"]
    assert (granted["staff"], granted["by"]) == ("kim", "ann")
    assert (granted["purpose"], granted["reason"]) == ("support.case", WHY)
    assert acts["access.revoked"]["grant_id"] == granted["act_id"]
    assert acts["hold.set"]["record_id"] == record.hex()
    summary = verify_archive(data, TrustPolicy.parse(files["policy.txt"]))
    assert summary.entries == summary.proven == 5


def test_acts_leave_the_ledger_and_its_rows_in_order(story: Story) -> None:
    story.customer("ada")
    grant(story)
    care(story).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    story.house.log.publish()
    assert fsck(story.house.log).clean
    assert list(story.house.vault.rowcheck.findings()) == []
