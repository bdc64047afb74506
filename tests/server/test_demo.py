"""The demo: the whole story in its order, every step of it checked."""

import base64
import json
import os
import shutil
from pathlib import Path

import pytest
from commands import Ran, allod

from server.cli.console import ExitCode
from server.demo import leaving, story
from server.demo.context import CUSTOMER, DemoContext, DoesNotHold, must
from server.demo.disk import search, spellings
from server.demo.place import MARK

MAIL = f"customer{CUSTOMER}@example.org"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "home"


@pytest.fixture(scope="module")
def told(home: Path) -> Ran:
    return allod("demo", "--home", home, "--data", home.parent)


def test_the_story_is_told_to_its_end_in_its_order(told: Ran) -> None:
    assert told.code == ExitCode.OK, told.err
    places = [told.out.index(f". {title}\n") for title, _ in story.CHAPTERS]
    assert places == sorted(places)
    assert "All of it held." in told.out


def test_it_tells_what_the_issue_asks_for(told: Ran) -> None:
    for said in (
        "found 0 times",
        "•••0042   (last4)",
        "consent.missing (GDPR 6(1)(a)",
        "ask the customer for consent",
        MAIL,
        "consent.withdrawn",
        "objects (GDPR 21) to analytics.aggregate: it stops for profile, purchase",
        "corrects (GDPR 16) the language to de; to be told of it: helpdesk, mailer",
        "receipt.tlog-proof",
        "ugc.unasked",
        "not taken",
        "records/idea.json",
        "not_scheduled",
        "still verifies",
        "refused (fence.erased)",
        "mirror agree",
    ):
        assert said in told.out, said


def test_what_leaves_lies_in_out_and_verifies_on_its_own(
    told: Ran, home: Path, tmp_path: Path
) -> None:
    taken = shutil.copytree(home / "out", tmp_path / "taken")
    for name in ("receipt.tlog-proof", "certificate.json", "export.zip"):
        assert allod("verify", taken / name).code == ExitCode.OK


def test_nothing_of_the_customer_is_on_the_disk_but_in_out(
    told: Ran, home: Path
) -> None:
    assert search(home, [MAIL], but=home / "out").hits == 0


def test_the_home_it_leaves_is_an_ordinary_one(told: Ran, home: Path) -> None:
    assert allod("ledger", "fsck", "--home", home).code == ExitCode.OK
    assert allod("token", "list", "--home", home).code == ExitCode.OK


def test_a_second_run_begins_again_and_answers_in_json(told: Ran, home: Path) -> None:
    (home / "out" / "left-over").write_text("x")
    again = allod("demo", "--home", home, "--data", home.parent, "--json")
    assert again.code == ExitCode.OK
    assert [each["title"] for each in again.document["steps"]] == [
        title for title, _ in story.CHAPTERS
    ]
    assert not (home / "out" / "left-over").exists()


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "precious").write_text("x")
    ran = allod("demo", "--home", tmp_path)
    assert ran.code == ExitCode.CANNOT_START
    assert (tmp_path / "data" / "precious").read_text() == "x"
    assert not (tmp_path / MARK).exists()


def test_a_step_that_does_not_hold_ends_the_demo_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: DemoContext) -> None:
        must(False, "the sky is green")

    monkeypatch.setattr(story, "CHAPTERS", (("A lie", broken),))
    ran = allod("demo", "--home", tmp_path / "home", "--json")
    assert ran.code == ExitCode.NO
    assert ran.document["error"]["code"] == "demo_broken"
    assert "the sky is green" in ran.document["error"]["detail"]


def test_the_demo_notices_a_customer_who_was_not_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [each for each in story.CHAPTERS if each[1] is not leaving.erased]
    monkeypatch.setattr(story, "CHAPTERS", tuple(kept))
    ran = allod("demo", "--home", tmp_path / "home", "--data", tmp_path, "--json")
    assert ran.code == ExitCode.NO
    assert "was read" in ran.document["error"]["detail"]


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
def test_a_value_is_found_wherever_it_begins_and_however_it_is_written(
    tmp_path: Path, before: str
) -> None:
    value = "grün@example.org"
    text = f"{before}{value}z"
    written = [
        text.encode(),
        text.encode("utf-16-le"),
        text.encode("utf-16-be"),
        text.encode().hex().encode(),
        base64.b64encode(text.encode()),
        base64.urlsafe_b64encode(text.encode()),
        json.dumps({"a": text}, ensure_ascii=False).encode(),
    ]
    for data in written:
        assert any(spelling in data for spelling in spellings(value)), data


def test_must_goes_on_or_raises() -> None:
    must(True, "two and two are four")
    with pytest.raises(DoesNotHold, match="two and two"):
        must(False, "two and two are five")


@pytest.mark.slow
def test_the_whole_of_cdnow_is_told(tmp_path: Path) -> None:
    data = Path(__file__).parents[3] / "shared" / "data"
    if not data.is_dir():
        assert not os.environ.get("CI"), "shared/data is missing"
        pytest.skip("shared/data is missing")
    ran = allod("demo", "--home", tmp_path / "home", "--data", data, "--json")
    assert ran.code == ExitCode.OK
