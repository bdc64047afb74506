"""What staff arranged about a person, in that person's own export, with its proof."""

import json

from archives import unpack
from houses import Scenario, caring
from one_verifier import verify_archive
from reaching import WHY, care, grant, soon

from ledger.checks.audit import fsck
from ledger.formats.trust_policy import TrustPolicy


def test_an_export_tells_who_was_let_near_by_whom_and_why(scenario: Scenario) -> None:
    scenario.customer("ada")
    given = grant(scenario)
    care(scenario).grants.revoke(caring("ben"), "ada", given.grant_id)
    record = scenario.profile("ada").record
    care(scenario).holds.set(caring("ann"), "ada", record=record, reason=WHY)
    care(scenario).assignments.assign(
        caring("ann"), "ada", staff="lee", until=soon(scenario)
    )
    data = b"".join(scenario.house.exports.write(scenario.subject("ada")))
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


def test_acts_leave_the_ledger_and_its_rows_in_order(scenario: Scenario) -> None:
    scenario.customer("ada")
    grant(scenario)
    care(scenario).restrictions.restrict(caring("ann"), "ada", reason=WHY)
    scenario.house.log.publish()
    assert fsck(scenario.house.log).clean
    assert list(scenario.house.vault.rowcheck.findings()) == []
