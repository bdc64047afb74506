"""One item removed at its author's word: gone for everybody, whatever comes after."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from by_hand import named
from callers import calling
from clocks import ManualClock
from commands import allod
from houses import HISTORY, IDEA, Scenario, caring, lived_in, opened
from reaching import WHY, care
from restoring import restored

from kit.errors import NotFound, Refused
from pdp.decision.question import Kind
from server.cli.console import ExitCode
from server.faces.righted import KEPT, RemovalResponse
from vault import Item, Principal, Question, WriteResult
from vault._internal.blind_index import BlindIndex
from vault._internal.sqlite.identity import SqliteIdentity
from vault._internal.sqlite.removals import SqliteRemoved
from vault.intake.intake import BatchEntry
from vault.orders.order_book import OrderBook

MARKETER = Principal(Kind.SERVICE, "studio", roles=("marketing",))
STUDIO = Question(MARKETER, "ugc.advertise")
CLIENT = Item("idea", IDEA, "letter-1")


class Crash(BaseException):
    """The process is gone."""


def contributed(scenario: Scenario, name: str = "ada") -> WriteResult:
    written = scenario.house.intake.put(HISTORY, name, CLIENT)
    scenario.license(name, written, "ugc.advertise", days=300)
    return written


def remove(scenario: Scenario, written: WriteResult, name: str = "ada") -> None:
    scenario.house.vault.righting.removals.remove_own(
        scenario.own(name), written.record
    )


def is_gone(scenario: Scenario, written: WriteResult, name: str = "ada") -> None:
    for question in (STUDIO, scenario.own(name)):
        with pytest.raises(NotFound):
            scenario.read(question, name, written)
    assert (
        scenario.house.gate.list_records(scenario.own(name), None, "idea").items == ()
    )
    reader = scenario.house.vault_db.reader()
    for table in ("vault_record", "vault_part", "consent_ugc", "consent_ugc_event"):
        count = f"SELECT count(*) FROM {table} WHERE record = ?"  # noqa: S608 - named here
        assert reader.execute(count, (written.record,)).fetchone() == (0,), table
    assert SqliteRemoved(scenario.house.vault_db).unsettled() == []
    assert named(scenario) == []


def test_it_is_gone_for_its_readers_and_its_author(scenario: Scenario) -> None:
    scenario.customer()
    written, other = contributed(scenario), scenario.idea()
    assert scenario.read(STUDIO, "ada", written).values["title"]
    scenario.house.vault.righting.removals.remove_own(scenario.own("ada"), other.record)
    remove(scenario, written)
    is_gone(scenario, written)
    remove(scenario, written)
    (first, second) = care(scenario).acts.of(scenario.subject("ada"))
    assert {first.record, second.record} == {written.record, other.record}
    assert (first.kind, first.document()["by"]) == ("contribution.removed", "customer")
    assert "written" in {each.outcome for each in scenario.writes()}


def test_what_comes_late_for_it_is_refused_alone_and_in_a_batch(
    scenario: Scenario,
) -> None:
    scenario.customer()
    remove(scenario, contributed(scenario))
    intake, subject = scenario.house.intake, scenario.subject("ada")
    with pytest.raises(Refused) as refusal:
        intake.put(HISTORY, "ada", CLIENT)
    assert [each.code for each in refusal.value.reasons] == ["contribution.removed"]
    late, fresh = intake.put_batch(
        HISTORY,
        [
            BatchEntry(subject, CLIENT),
            BatchEntry(subject, Item("idea", IDEA, "letter-2")),
        ],
        also=lambda *_: None,
    )
    assert isinstance(late, Refused)
    assert isinstance(fresh, WriteResult)


def test_what_is_held_stays_and_the_author_is_told_why(scenario: Scenario) -> None:
    scenario.customer()
    written = contributed(scenario)
    care(scenario).holds.set(caring("ann"), "ada", record=written.record, reason=WHY)
    with pytest.raises(Refused) as refusal:
        remove(scenario, written)
    (reason,) = refusal.value.reasons
    assert (reason.code, bool(reason.article)) == ("hold.frozen", True)
    assert scenario.read(STUDIO, "ada", written).values["title"]


def test_anothers_item_and_what_is_no_contribution_are_not_there(
    scenario: Scenario,
) -> None:
    scenario.customer()
    scenario.customer("bob")
    profile, theirs = scenario.profile(), contributed(scenario, "bob")
    for each in (profile, theirs):
        with pytest.raises(NotFound):
            remove(scenario, each)
    assert scenario.read(STUDIO, "bob", theirs).values["title"]


async def test_what_stays_is_said_in_their_language_and_by_their_own_law(
    scenario: Scenario,
) -> None:
    zh = {"Accept-Language": "zh"}
    async with calling(scenario) as callers:
        for name, region, mine, other in (
            ("ada", "eu", "GDPR", "PIPL"),
            ("wen", "cn", "PIPL", "GDPR"),
        ):
            scenario.customer(name, region=region)
            path = f"/v1/me/contributions/{scenario.idea(name).record.hex()}"
            answer = await callers.send("DELETE", path, callers.customer(name) | zh)
            assert answer.headers["content-language"] == "zh"
            kept = answer.json()["kept"]
            assert all("。" in each["what"] for each in kept)
            assert all(each["article"].startswith(f"{mine} ") for each in kept)
            assert other not in str(kept)


def test_without_a_text_in_the_policies_what_stays_is_said_in_our_words(
    scenario: Scenario,
) -> None:
    scenario.customer()
    removals = scenario.house.vault.righting.removals
    removal = removals.remove_own(scenario.own("ada"), contributed(scenario).record)
    shown = RemovalResponse.of(removal, "")
    assert [each.what for each in shown.kept] == [each.fix for each in KEPT]
    assert all("GDPR" in each.article and "PIPL" in each.article for each in shown.kept)


def test_over_the_api_and_by_command_it_says_what_stays(tmp_path: Path) -> None:
    home, clock = tmp_path / "home", ManualClock()
    with lived_in(home, clock) as scenario:
        scenario.customer()
        written, other = contributed(scenario), scenario.idea()

        async def ask() -> Any:
            async with calling(scenario) as callers:
                path = f"/v1/me/contributions/{written.record.hex()}"
                me = callers.customer("ada")
                answer = await callers.send("DELETE", path, me)
                assert (await callers.get(f"{path}/receipt", me)).status_code == 200
                return answer

        answer = asyncio.run(ask())
        assert answer.status_code == 200, answer.text
        said = answer.json()
        assert (said["state"], said["finality"]) == ("removed", "not_scheduled")
        assert all(each["article"] for each in said["kept"])
        is_gone_of(scenario, written)
    ran = allod("remove", "ada", other.record.hex(), "--home", home, "--json")
    assert (ran.code, ran.document["state"]) == (ExitCode.OK, "removed")
    again = allod("remove", "ada", "0" * 32, "--home", home)
    assert again.code == ExitCode.NOT_FOUND
    with opened(home, clock) as scenario:
        is_gone(scenario, other)


def is_gone_of(scenario: Scenario, written: WriteResult) -> None:
    with pytest.raises(NotFound):
        scenario.read(scenario.own("ada"), "ada", written)


def test_no_older_copy_brings_it_back(tmp_path: Path) -> None:
    made: list[WriteResult] = []

    def before(scenario: Scenario) -> None:
        scenario.customer()
        made.append(contributed(scenario))

    with restored(
        tmp_path / "home",
        ManualClock(),
        lambda scenario: remove(scenario, made[0]),
        before=before,
    ) as scenario:
        is_gone(scenario, made[0])
        (act,) = care(scenario).acts.of(scenario.subject("ada"))
        assert act.document()["by"] == "restore"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM vault_removed",
        "INSERT INTO vault_record SELECT * FROM vault_record_before",
    ],
)
def test_what_is_put_back_by_hand_is_named(scenario: Scenario, statement: str) -> None:
    scenario.customer()
    written = contributed(scenario)
    path = scenario.house.vault_db.path
    copy = "CREATE TEMP TABLE vault_record_before AS SELECT * FROM vault_record"
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute(copy)
        remove(scenario, written)
        assert named(scenario) == []
        file.execute(statement)
    assert named(scenario) == ["arranged"]


def test_an_erasure_takes_along_that_something_was_removed(scenario: Scenario) -> None:
    scenario.customer()
    remove(scenario, contributed(scenario))
    scenario.house.erasure.erase(scenario.subject("ada"))
    reader = scenario.house.vault_db.reader()
    assert reader.execute("SELECT count(*) FROM vault_removed").fetchone() == (0,)


POINTS: dict[str, tuple[type, str, bool]] = {
    "before it is committed": (SqliteRemoved, "remove", False),
    "before the mirror knows": (OrderBook, "send", True),
    "before the index forgets": (BlindIndex, "indexing", True),
    "before the logs are cut": (SqliteIdentity, "truncate_log", True),
    "before it is noted": (SqliteRemoved, "mark_settled", True),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_step_leaves_all_of_it_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    home, clock = tmp_path / "home", ManualClock()
    with lived_in(home, clock) as scenario:
        scenario.customer()
        written = contributed(scenario)
    owner, name, committed = POINTS[point]
    with (
        suppress(Crash),
        opened(home, clock) as scenario,
        monkeypatch.context() as patch,
    ):
        patch.setattr(owner, name, _dying)
        remove(scenario, written)
    with opened(home, clock) as scenario:
        if committed:
            is_gone(scenario, written)
        else:
            assert scenario.read(STUDIO, "ada", written).values["title"]


def _dying(*_: Any, **__: Any) -> None:
    raise Crash


def test_what_it_was_found_by_is_out_of_the_index(scenario: Scenario) -> None:
    scenario.customer()
    written, removed = scenario.profile(), SqliteRemoved(scenario.house.vault_db)
    item = scenario.subject("ada"), written.record
    rows = "SELECT count(*) FROM identity_index WHERE record = ?"
    reader = scenario.house.identity_db.reader
    assert reader().execute(rows, item[1:]).fetchone() == (2,)
    with scenario.house.vault_db.write() as session:
        removed.remove(session, *item, at=0)
    scenario.house.vault.righting.removals.finish()
    assert reader().execute(rows, item[1:]).fetchone() == (0,)
