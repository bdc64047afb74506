"""Gathering what is held about one person: by pages, by the law, and only theirs."""

import json
import secrets
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from archives import unpack
from clocks import ManualClock
from engines import FakeEngine, allowing, refusing
from houses import PROFILE, Scenario, lived_in, opened
from one_verifier import verify_archive

from exports.subject_data import access_document
from kit.errors import AllodError, Unavailable
from kit.ids import new_id
from pdp.decision.port import EngineAnswer
from vault import Access

HELD = refusing("hold.court")


class Law(FakeEngine):
    """Answers by data class: a mask, or for the whole record a refusal."""

    def __init__(self, revision: str, **answers: Any) -> None:
        super().__init__(revision=revision)
        self.answers = answers

    def decide(
        self, common: Mapping[str, Any], items: Sequence[Mapping[str, Any]]
    ) -> EngineAnswer:
        return EngineAnswer(
            self.loaded, [self.answer(item["classes"]) for item in items]
        )

    def answer(self, classes: Sequence[str]) -> dict[str, Any]:
        answers = {each: self.answers.get(each, "clear") for each in classes}
        if HELD in answers.values():
            return HELD
        return allowing(**answers)


def exported(scenario: Scenario) -> dict[str, bytes]:
    data = b"".join(scenario.house.exports.write(scenario.subject("ada")))
    verify_archive(data, scenario.house.log.policy)
    return unpack(data)


def under(folder: Path, clock: ManualClock, **law: Any) -> dict[str, bytes]:
    """Export a small account under a law of the test's own."""
    with lived_in(folder, clock) as scenario:
        scenario.customer()
        scenario.profile()
        scenario.put("ada", "profile", {"name": "Only a name"})
        scenario.idea()
        revision = scenario.house.bundle.digest
    with opened(folder, clock, Law(revision, **law)) as scenario:
        return exported(scenario)


def test_a_record_that_the_law_withholds_is_counted_with_its_reason(
    tmp_path: Path, clock: ManualClock
) -> None:
    files = under(tmp_path / "h", clock, contact=HELD)
    profile = json.loads(files["records/profile.json"])
    assert [each["values"] for each in profile["records"]] == [{"name": "Only a name"}]
    assert (profile["withheld"], profile["refused"]) == (1, ["hold.court"])
    assert json.loads(files["records/idea.json"])["records"]


def test_a_collection_that_the_law_refuses_does_not_take_the_others_with_it(
    tmp_path: Path, clock: ManualClock
) -> None:
    files = under(tmp_path / "h", clock, identity=HELD)
    profile = json.loads(files["records/profile.json"])
    assert (profile["records"], profile["refused"]) == ([], ["hold.court"])
    assert json.loads(files["records/idea.json"])["records"]


def test_what_the_law_masks_is_masked_here_too_and_said(
    tmp_path: Path, clock: ManualClock
) -> None:
    files = under(tmp_path / "h", clock, contact="last4")
    records = json.loads(files["records/profile.json"])["records"]
    masked = next(each for each in records if "masks" in each)
    assert masked["masks"] == {"phone": "last4"}
    assert "email" in masked["omitted"]
    assert PROFILE["email"].encode() not in b"".join(files.values())


def test_an_engine_that_does_not_answer_is_told_before_the_first_byte(
    tmp_path: Path, clock: ManualClock
) -> None:
    with lived_in(tmp_path / "h", clock) as scenario:
        subject = scenario.customer()
        scenario.profile()
        revision = scenario.house.bundle.digest
    broken = FakeEngine(error=RuntimeError(), revision=revision)
    with (
        opened(tmp_path / "h", clock, broken) as scenario,
        pytest.raises(Unavailable),
    ):
        scenario.house.exports.write(subject)


def test_a_long_collection_is_read_page_by_page_and_each_page_is_on_record(
    scenario: Scenario,
) -> None:
    scenario.customer()
    values = {"date": "2026-01-02", "quantity": 1, "amount": 9.5}
    written = {scenario.put("ada", "purchase", values).record.hex() for _ in range(130)}
    files = exported(scenario)
    records = json.loads(files["records/purchase.json"])["records"]
    assert {each["record_id"] for each in records} == written
    assert files["records/purchase.csv"].count(b"\r\n") == 131
    accesses = json.loads(files["accesses.json"])["accesses"]
    reads = [each for each in accesses if each["action"] != "write"]
    pages = [each for each in reads if each["collection"] == "purchase"]
    assert [len(each["records"]) for each in pages] == [100, 30]
    assert pages[0]["decision_id"] != pages[1]["decision_id"]


def test_an_erasure_ends_an_export_under_way(scenario: Scenario) -> None:
    subject = scenario.customer()
    for _ in range(12):
        scenario.idea(text=secrets.token_hex(9_000))
    stream = scenario.house.exports.write(subject)
    begun = next(stream)
    scenario.house.erasure.erase(subject)
    with pytest.raises(AllodError) as error:
        b"".join(stream)
    assert begun
    assert subject.hex() not in str(error.value)


def test_of_a_page_about_many_only_ones_own_records_are_told() -> None:
    me, other, mine, theirs = (new_id() for _ in range(4))
    event = Access(
        principal_kind="service",
        principal="reports",
        purpose="analytics.aggregate",
        action="read",
        revision="r",
        decision=new_id(),
        outcome="disclosed",
        subjects=other + me,
        records=theirs + mine,
        versions=struct.pack(">2I", 7, 3),
        fields="city",
        disclosed=2,
    )
    told = access_document(0, event, me)
    assert told["records"] == [{"record_id": mine.hex(), "version": 3}]
    text = json.dumps(told)
    assert other.hex() not in text
    assert theirs.hex() not in text
    assert me.hex() not in text
