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
from houses import HISTORY, IDEA, Story, caring, lived_in, opened
from reaching import WHY, care
from restoring import restored

from kit.errors import NotFound, Refused
from pdp.decision.question import Kind
from server.cli.console import ExitCode
from server.faces.righted import KEPT, RemovalResponse
from vault import Item, Principal, Question, WriteResult
from vault._internal.blind_index import BlindIndex
from vault._internal.identity import IdentityStore
from vault._internal.sqlite.removals import SqliteRemoved
from vault.intake.intake import BatchEntry
from vault.orders.order_book import OrderBook

MARKETER = Principal(Kind.SERVICE, "studio", roles=("marketing",))
STUDIO = Question(MARKETER, "ugc.advertise")
CLIENT = Item("idea", IDEA, "letter-1")


class Crash(BaseException):
    """The process is gone."""


def contributed(story: Story, name: str = "ada") -> WriteResult:
    written = story.house.intake.put(HISTORY, name, CLIENT)
    story.license(name, written, "ugc.advertise", days=300)
    return written


def remove(story: Story, written: WriteResult, name: str = "ada") -> None:
    story.house.vault.righting.removals.remove_own(story.own(name), written.record)


def is_gone(story: Story, written: WriteResult, name: str = "ada") -> None:
    for question in (STUDIO, story.own(name)):
        with pytest.raises(NotFound):
            story.read(question, name, written)
    assert story.house.gate.list_records(story.own(name), None, "idea").items == ()
    reader = story.house.vault_db.reader()
    for table in ("vault_record", "vault_part", "consent_ugc", "consent_ugc_event"):
        count = f"SELECT count(*) FROM {table} WHERE record = ?"  # noqa: S608 - named here
        assert reader.execute(count, (written.record,)).fetchone() == (0,), table
    assert SqliteRemoved(story.house.vault_db).unsettled() == []
    assert named(story) == []


def test_it_is_gone_for_its_readers_and_its_author(story: Story) -> None:
    story.customer()
    written, other = contributed(story), story.idea()
    assert story.read(STUDIO, "ada", written).values["title"]
    story.house.vault.righting.removals.remove_own(story.own("ada"), other.record)
    remove(story, written)
    is_gone(story, written)
    remove(story, written)
    (first, second) = care(story).acts.of(story.subject("ada"))
    assert {first.record, second.record} == {written.record, other.record}
    assert (first.kind, first.document()["by"]) == ("contribution.removed", "customer")
    assert "written" in {each.outcome for each in story.writes()}


def test_what_comes_late_for_it_is_refused_alone_and_in_a_batch(story: Story) -> None:
    story.customer()
    remove(story, contributed(story))
    intake, subject = story.house.intake, story.subject("ada")
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


def test_what_is_held_stays_and_the_author_is_told_why(story: Story) -> None:
    story.customer()
    written = contributed(story)
    care(story).holds.set(caring("ann"), "ada", record=written.record, reason=WHY)
    with pytest.raises(Refused) as refusal:
        remove(story, written)
    (reason,) = refusal.value.reasons
    assert (reason.code, bool(reason.article)) == ("hold.frozen", True)
    assert story.read(STUDIO, "ada", written).values["title"]


def test_anothers_item_and_what_is_no_contribution_are_not_there(story: Story) -> None:
    story.customer()
    story.customer("bob")
    profile, theirs = story.profile(), contributed(story, "bob")
    for each in (profile, theirs):
        with pytest.raises(NotFound):
            remove(story, each)
    assert story.read(STUDIO, "bob", theirs).values["title"]


async def test_what_stays_is_said_in_their_language_and_by_their_own_law(
    story: Story,
) -> None:
    zh = {"Accept-Language": "zh"}
    async with calling(story) as callers:
        for name, region, mine, other in (
            ("ada", "eu", "GDPR", "PIPL"),
            ("wen", "cn", "PIPL", "GDPR"),
        ):
            story.customer(name, region=region)
            path = f"/v1/me/contributions/{story.idea(name).record.hex()}"
            answer = await callers.send("DELETE", path, callers.customer(name) | zh)
            assert answer.headers["content-language"] == "zh"
            kept = answer.json()["kept"]
            assert all("。" in each["what"] for each in kept)
            assert all(each["article"].startswith(f"{mine} ") for each in kept)
            assert other not in str(kept)


def test_without_a_text_in_the_policies_what_stays_is_said_in_our_words(
    story: Story,
) -> None:
    story.customer()
    removals = story.house.vault.righting.removals
    removal = removals.remove_own(story.own("ada"), contributed(story).record)
    shown = RemovalResponse.of(removal, "")
    assert [each.what for each in shown.kept] == [each.fix for each in KEPT]
    assert all("GDPR" in each.article and "PIPL" in each.article for each in shown.kept)


def test_over_the_api_and_by_command_it_says_what_stays(tmp_path: Path) -> None:
    home, clock = tmp_path / "home", ManualClock()
    with lived_in(home, clock) as story:
        story.customer()
        written, other = contributed(story), story.idea()

        async def ask() -> Any:
            async with calling(story) as callers:
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
        is_gone_of(story, written)
    ran = allod("remove", "ada", other.record.hex(), "--home", home, "--json")
    assert (ran.code, ran.document["state"]) == (ExitCode.OK, "removed")
    again = allod("remove", "ada", "0" * 32, "--home", home)
    assert again.code == ExitCode.NOT_FOUND
    with opened(home, clock) as story:
        is_gone(story, other)


def is_gone_of(story: Story, written: WriteResult) -> None:
    with pytest.raises(NotFound):
        story.read(story.own("ada"), "ada", written)


def test_no_older_copy_brings_it_back(tmp_path: Path) -> None:
    made: list[WriteResult] = []

    def before(story: Story) -> None:
        story.customer()
        made.append(contributed(story))

    with restored(
        tmp_path / "home",
        ManualClock(),
        lambda story: remove(story, made[0]),
        before=before,
    ) as story:
        is_gone(story, made[0])
        (act,) = care(story).acts.of(story.subject("ada"))
        assert act.document()["by"] == "restore"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM vault_removed",
        "INSERT INTO vault_record SELECT * FROM vault_record_before",
    ],
)
def test_what_is_put_back_by_hand_is_named(story: Story, statement: str) -> None:
    story.customer()
    written = contributed(story)
    path = story.house.vault_db.path
    copy = "CREATE TEMP TABLE vault_record_before AS SELECT * FROM vault_record"
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute(copy)
        remove(story, written)
        assert named(story) == []
        file.execute(statement)
    assert named(story) == ["arranged"]


def test_an_erasure_takes_along_that_something_was_removed(story: Story) -> None:
    story.customer()
    remove(story, contributed(story))
    story.house.erasure.erase(story.subject("ada"))
    reader = story.house.vault_db.reader()
    assert reader.execute("SELECT count(*) FROM vault_removed").fetchone() == (0,)


POINTS: dict[str, tuple[type, str, bool]] = {
    "before it is committed": (SqliteRemoved, "remove", False),
    "before the mirror knows": (OrderBook, "send", True),
    "before the index forgets": (BlindIndex, "indexing", True),
    "before the logs are cut": (IdentityStore, "truncate_log", True),
    "before it is noted": (SqliteRemoved, "settle", True),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_step_leaves_all_of_it_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    home, clock = tmp_path / "home", ManualClock()
    with lived_in(home, clock) as story:
        story.customer()
        written = contributed(story)
    owner, name, committed = POINTS[point]
    with suppress(Crash), opened(home, clock) as story, monkeypatch.context() as patch:
        patch.setattr(owner, name, _dying)
        remove(story, written)
    with opened(home, clock) as story:
        if committed:
            is_gone(story, written)
        else:
            assert story.read(STUDIO, "ada", written).values["title"]


def _dying(*_: Any, **__: Any) -> None:
    raise Crash


def test_what_it_was_found_by_is_out_of_the_index(story: Story) -> None:
    story.customer()
    written, removed = story.profile(), SqliteRemoved(story.house.vault_db)
    item = story.subject("ada"), written.record
    rows = "SELECT count(*) FROM identity_index WHERE record = ?"
    reader = story.house.identity_db.reader
    assert reader().execute(rows, item[1:]).fetchone() == (2,)
    with story.house.vault_db.write() as session:
        removed.remove(session, *item, at=0)
    story.house.vault.righting.removals.settle()
    assert reader().execute(rows, item[1:]).fetchone() == (0,)
