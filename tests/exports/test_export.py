"""The export of a whole account, on a real house."""

import csv
import io
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from allod import proofs
from archives import unpack
from catalogues import field_line
from clocks import ManualClock
from houses import CAMPAIGN, CASE, IDEA, Scenario, lived_in
from one_verifier import verify_archive, verify_receipt
from paper_log import plain_json
from recatalogued import recatalogued

from kit.clock import iso
from kit.errors import AllodError, NotFound, Refused
from ledger.formats.trust_policy import TrustPolicy

IDEAS = "    title: {en: What the customer suggests, zh: 客户的建议}\n    schema: "


def export(scenario: Scenario, name: str = "ada") -> bytes:
    return b"".join(scenario.house.exports.write(scenario.subject(name)))


def read(files: dict[str, bytes], path: str) -> Any:
    return json.loads(files[path])


@pytest.fixture
def lived(scenario: Scenario) -> Scenario:
    scenario.customer()
    profile = scenario.profile(city="=1+1")
    scenario.grant("ada")
    scenario.read(CASE, "ada", profile)
    scenario.read(CAMPAIGN, "ada", profile)
    scenario.withdraw("ada")
    with pytest.raises(Refused):
        scenario.read(CAMPAIGN, "ada", profile)
    licensed = scenario.idea(title="A lid that stays on")
    scenario.idea(title="更亮的灯", text="=HYPERLINK(0)", language="zh")
    scenario.license("ada", licensed, "ugc.advertise")
    scenario.clock.advance(minutes=5)
    return scenario


def test_an_export_verifies_with_the_policy_that_it_carries(lived: Scenario) -> None:
    data = export(lived)
    files = unpack(data)
    summary = verify_archive(data, TrustPolicy.parse(files["policy.txt"]))
    assert summary.files == len(files)
    assert summary.made_at == iso(lived.clock.now())
    assert summary.entries == summary.proven == 6
    assert summary.log == lived.house.log.origin


def test_it_holds_every_record_in_both_forms(lived: Scenario) -> None:
    files = unpack(export(lived))
    for collection in lived.house.catalog:
        document = read(files, f"records/{collection.name}.json")
        assert document["collection"] == collection.name
        assert (document["withheld"], document["refused"]) == (0, [])
        text = files[f"records/{collection.name}.csv"].decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        ids = [record["record_id"] for record in document["records"]]
        assert [row["record_id"] for row in rows] == ids
    (profile,) = read(files, "records/profile.json")["records"]
    assert profile["values"]["phone"].startswith("+49")
    assert len(read(files, "records/idea.json")["records"]) == 2


def test_a_table_runs_no_formula_and_the_json_is_exact(lived: Scenario) -> None:
    files = unpack(export(lived))
    assert read(files, "records/profile.json")["records"][0]["values"]["city"] == "=1+1"
    assert b'"\'=1+1",' in files["records/profile.csv"]
    assert b"'=HYPERLINK(0)" in files["records/idea.csv"]


def test_each_contribution_stands_with_status_licences_and_receipts(
    lived: Scenario,
) -> None:
    files = unpack(export(lived))
    found = read(files, "contributions.json")["contributions"]
    by_status = {each["status"]: each for each in found}
    assert set(by_status) == {"granted", "unasked"}
    granted = by_status["granted"]
    assert granted["licences"][0]["purpose"] == "ugc.advertise"
    assert granted["until"] == granted["licences"][0]["until"]
    assert [event["act"] for event in granted["history"]] == ["licensed"]
    assert len(granted["receipts"]) == 2
    for path in granted["receipts"]:
        trusted = TrustPolicy.parse(files["policy.txt"])
        assert verify_receipt(files[path], trusted).index >= 0


def test_consents_come_with_their_history_and_the_notices_shown(
    lived: Scenario,
) -> None:
    consents = read(unpack(export(lived)), "consents.json")
    (standing,) = consents["standings"]
    assert (standing["purpose"], standing["state"]) == ("marketing.email", "withdrawn")
    assert [event["act"] for event in consents["history"]] == ["granted", "withdrawn"]
    (notice,) = consents["notices"]
    assert notice["text"]
    assert notice["sha256"] == consents["history"][0]["notice_sha256"]


def test_accesses_tell_who_read_what_why_and_this_export_too(lived: Scenario) -> None:
    accesses = read(unpack(export(lived)), "accesses.json")["accesses"]
    told = {(each["principal"], each["purpose"], each["outcome"]) for each in accesses}
    assert ("helpdesk", "support.case", "disclosed") in told
    assert ("mailer", "marketing.email", "refused") in told
    assert ("customer", "self.export", "disclosed") in told
    support = next(each for each in accesses if each["principal"] == "helpdesk")
    assert "name" in support["fields"]
    assert len(support["records"]) == 1


def test_the_chain_holds_the_very_text_that_was_stamped(lived: Scenario) -> None:
    entries = read(unpack(export(lived)), "chain.json")["entries"]
    contents = [json.loads(entry["content"]) for entry in entries]
    assert contents[2]["values"]["title"] == "A lid that stays on"
    assert contents[-1]["made_at"] == "2026-11-22T12:05:00Z"
    assert [entry["opening"]["link"]["seq"] for entry in entries] == [*range(1, 7)]


def test_the_sdk_which_shares_no_code_agrees(lived: Scenario) -> None:
    files = unpack(export(lived))
    policy = proofs.TrustPolicy.parse(files["policy.txt"])
    manifest = proofs.verify_manifest(files["manifest.json"], policy)
    for path in manifest.files:
        manifest.verify_file(path, files[path])
    openings = []
    for entry in read(files, "chain.json")["entries"]:
        opening = proofs.FullOpening.parse(plain_json(entry["opening"]))
        opening.verify_content(entry["content"].encode())
        receipt = files[entry["receipt"]["path"]]
        shown = proofs.verify_receipt(receipt, policy)
        assert shown.index == entry["index"]
        openings.append(opening)
    assert proofs.verify_chain(openings) == 6


def test_a_changed_contribution_proves_its_newest_version_only(
    scenario: Scenario,
) -> None:
    scenario.customer()
    written = scenario.idea()
    changed = IDEA | {"text": "Make it red."}
    own = scenario.own("ada")
    scenario.house.intake.update_own(own, written.record, changed, version=1)
    data = export(scenario)
    summary = verify_archive(data, scenario.house.log.policy)
    assert (summary.entries, summary.proven) == (3, 2)


def test_the_second_export_holds_the_first_in_ledger_and_access_log(
    lived: Scenario,
) -> None:
    first = verify_archive(export(lived), lived.house.log.policy)
    lived.clock.advance(minutes=5)
    data = export(lived)
    second = verify_archive(data, lived.house.log.policy)
    assert second.entries == first.entries + 1
    accesses = read(unpack(data), "accesses.json")["accesses"]
    exported = [each for each in accesses if each["purpose"] == "self.export"]
    assert len({each["at"] for each in exported}) == 2


def test_nobody_elses_anything_is_in_it(lived: Scenario) -> None:
    bob = lived.customer("bob")
    lived.put("bob", "profile", {"name": "Bob Elsewhere"})
    idea = lived.idea("bob", title="Bobs own")
    list(lived.house.gate.scan(CASE, "profile"))
    files = unpack(export(lived))
    whole = b"".join(files.values())
    for foreign in (
        b"Bob Elsewhere",
        b"Bobs own",
        bob.hex().encode(),
        idea.record.hex().encode(),
    ):
        assert foreign not in whole
    accesses = json.loads(files["accesses.json"])["accesses"]
    scanned = [each for each in accesses if each["collection"] == "profile"]
    assert all(len(each["records"]) <= 1 for each in scanned)


def test_the_manifest_names_nobody(lived: Scenario) -> None:
    manifest = unpack(export(lived))["manifest.json"]
    assert lived.subject("ada").hex().encode() not in manifest
    names = {each["path"] for each in json.loads(manifest)["document"]["files"]}
    assert not any("ada" in name for name in names)


def test_an_empty_account_exports_too(scenario: Scenario) -> None:
    scenario.customer()
    summary = verify_archive(export(scenario), scenario.house.log.policy)
    assert summary.entries == 1


def test_a_stranger_gets_no_byte_and_leaves_no_entry(scenario: Scenario) -> None:
    before = scenario.house.log.publish().size
    with pytest.raises(NotFound):
        scenario.house.exports.write(bytes(16))
    assert scenario.house.log.publish().size == before


def test_after_erasure_there_is_nothing_to_export(lived: Scenario) -> None:
    subject = lived.subject("ada")
    data = export(lived)
    lived.house.erasure.erase(subject)
    with pytest.raises(AllodError):
        lived.house.exports.write(subject)
    assert verify_archive(data, lived.house.log.policy).entries == 6


def test_what_is_said_during_an_export_does_not_break_it(lived: Scenario) -> None:
    stop = threading.Event()

    def waver() -> None:
        while not stop.is_set():
            lived.grant("ada")
            lived.withdraw("ada")

    wavering = threading.Thread(target=waver)
    wavering.start()
    try:
        archives = [export(lived) for _ in range(2)]
    finally:
        stop.set()
        wavering.join()
    for data in archives:
        verify_archive(data, lived.house.log.policy)
        files = unpack(data)
        said = len(read(files, "consents.json")["history"])
        proven = [
            entry["content"]
            for entry in read(files, "chain.json")["entries"]
            if "receipts/consent-" in entry["receipt"]["path"]
        ]
        # Whatever the history tells is in the chain, with its text.
        assert sum(content is not None for content in proven) == said


def test_what_the_catalogue_no_longer_declares_is_in_both_forms_and_marked(
    tmp_path: Path, clock: ManualClock
) -> None:
    home = tmp_path / "older"
    with lived_in(home, clock) as scenario:
        scenario.customer()
        scenario.profile(newsletter_topics="=1+1")
        scenario.idea(product="A lamp")
    dropped = (
        (field_line("newsletter_topics"), ""),
        (field_line("product", "content"), ""),
        (f"{IDEAS}1", f"{IDEAS}2"),
    )
    with recatalogued(home, clock, *dropped) as scenario:
        data = export(scenario)
    files = unpack(data)
    verify_archive(data, TrustPolicy.parse(files["policy.txt"]))
    (profile,) = read(files, "records/profile.json")["records"]
    assert profile["undeclared"] == {"newsletter_topics": "=1+1"}
    assert "newsletter_topics" not in profile["values"]
    text = files["records/profile.undeclared.csv"].decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert (row["field"], row["value"]) == ("newsletter_topics", "'=1+1")
    assert row["record_id"] == profile["record_id"]
    assert b"records/NAME.undeclared.csv" in files["README.txt"]
    assert "records/purchase.undeclared.csv" not in files
    # The chain still holds the very text that was stamped, the dropped field with it.
    contents = [e["content"] for e in read(files, "chain.json")["entries"]]
    assert json.loads(contents[0])["values"]["product"] == "A lamp"
