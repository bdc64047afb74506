"""A decision told to the customer: by the command, in sentences, in their language."""

import asyncio
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from bundles import POLICIES, shipped
from clocks import ManualClock
from commands import allod
from houses import CAMPAIGN, CASE, Scenario, lived_in

from kit.errors import Refused
from pdp.bundle.language import Language, Speaker
from pdp.review.letter import cited, law_of
from server.cli.console import ExitCode


@dataclass(frozen=True)
class Lived:
    """A home, and the ids of decisions that were made in it."""

    home: Path
    allowed: str
    refused: str
    several: str


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    home = tmp_path_factory.mktemp("letters") / "home"
    with lived_in(home, ManualClock()) as scenario:
        for name in ("ada", "ben"):
            scenario.customer(name, region="eu")
        ada, ben = scenario.profile("ada"), scenario.profile("ben")
        allowed = scenario.read(CASE, "ada", ada).decision_id.hex()
        with pytest.raises(Refused) as refused:
            scenario.read(CAMPAIGN, "ada", ada)
        several = _read_both(scenario, {"ada": ada.record, "ben": ben.record})
    return Lived(home, allowed, refused.value.decision_id, several)


def _read_both(scenario: Scenario, records: dict[str, bytes]) -> str:
    page = scenario.house.gate.read_many(CASE, list(records.items()))
    return asyncio.run(page).decision_id.hex()


def letter(lived: Lived, decision: str, *options: str) -> str:
    words = ("policy", "explain", decision, "--for", "customer", *options)
    ran = allod(*words, "--home", lived.home)
    assert ran.code == ExitCode.OK, ran.err
    return ran.out


def test_what_was_allowed_is_told_with_what_it_was_about(lived: Lived) -> None:
    said = letter(lived, lived.allowed, "--lang", "en")
    assert "one of our computer systems asked to see data" in said
    assert "We help you with a question or a complaint." in said
    assert "This was allowed. It was about: " in said
    assert "telephone number" in said
    assert "Art. 6(1)(b) GDPR" in said


def test_what_was_refused_is_told_with_why_and_what_can_be_done(lived: Lived) -> None:
    said = letter(lived, lived.refused, "--lang", "zh-CN")
    assert "我们通过电子邮件向您发送资讯和优惠" in said
    assert "没有显示任何内容。您没有就此目的表示同意。" in said
    assert "《通用数据保护条例》第 6(1)(a) 条" in said


@pytest.mark.parametrize("tag", ["en", "zh"])
def test_nobody_and_nothing_is_named_by_its_word(lived: Lived, tag: str) -> None:
    for decision in (lived.allowed, lived.refused):
        said = letter(lived, decision, "--lang", tag)
        for word in ("helpdesk", "mailer", "ada", "consent.missing", "support.case"):
            assert word not in said


def test_a_decision_about_several_is_told_to_one_who_is_named(lived: Lived) -> None:
    words = ("policy", "explain", lived.several, "--for", "customer")
    asked = allod(*words, "--home", lived.home)
    assert (asked.code, "--customer" in asked.err) == (ExitCode.USAGE, True)
    assert "This was allowed." in letter(lived, lived.several, "--customer", "ben")
    other = allod(*words, "--customer", "cy", "--home", lived.home)
    assert other.code == ExitCode.NOT_FOUND


def test_a_program_gets_the_same_sentences(lived: Lived) -> None:
    words = ("policy", "explain", lived.refused, "--for", "customer", "--lang", "zh")
    ran = allod(*words, "--json", "--home", lived.home)
    assert ran.document == {
        "ok": True,
        "text": letter(lived, lived.refused, "--lang", "zh").rstrip("\n"),
    }


def test_a_language_that_there_is_not_is_english(lived: Lived) -> None:
    assert letter(lived, lived.refused, "--lang", "xx") == letter(lived, lived.refused)


@pytest.mark.parametrize(
    "options",
    [
        ("--lang", "zh"),
        ("--customer", "ada"),
        ("--for", "customer", "--lang", "z_h"),
        ("--for", "somebody"),
    ],
)
def test_options_that_do_not_go_together_are_told(
    lived: Lived, options: tuple[str, ...]
) -> None:
    ran = allod("policy", "explain", lived.refused, *options, "--home", lived.home)
    assert ran.code == ExitCode.USAGE


def test_a_case_can_be_read_as_its_customer_would(lived: Lived) -> None:
    case = "cases/support.yaml:23"
    said = letter(lived, case, "--lang", "en")
    assert "how to reach you (only the last digits)" in said
    named = ("policy", "explain", case, "--for", "customer", "--customer", "ada")
    assert allod(*named, "--home", lived.home).code == ExitCode.USAGE


def test_a_question_that_lacks_words_is_refused_in_words(
    lived: Lived, tmp_path: Path
) -> None:
    file = tmp_path / "question.json"
    file.write_text("{}", "utf-8")
    ran = allod(
        *("policy", "explain", "--question", file, "--for", "customer"),
        *("--home", lived.home),
    )
    assert ran.code == ExitCode.OK
    assert "not known to our rules" in ran.out


def test_the_article_is_that_of_the_customers_own_law() -> None:
    speaker = Speaker(Language("en"), Language("en"), {})
    article = "GDPR 6(1)(a), 21(2); PIPL 13(1), 24"
    assert cited(speaker, article, "PIPL") == "PIPL 13(1), 24"
    assert cited(speaker, article, "GDPR") == "GDPR 6(1)(a), 21(2)"
    assert (cited(speaker, article, ""), cited(speaker, article, "CCPA")) == (
        article,
        "",
    )
    post = "GDPR 6(1)(a); ePrivacy 13(1); PIPL 13(1)"
    assert cited(speaker, post, "GDPR") == "GDPR 6(1)(a); ePrivacy 13(1)"
    assert cited(speaker, post, "PIPL") == "PIPL 13(1)"
    tables = shipped().tables
    assert [law_of(tables, each) for each in ("cn", "eu", "mars")] == [
        "PIPL",
        "GDPR",
        "",
    ]
    assert law_of({}, "cn") == ""


def test_a_customer_in_china_is_cited_the_law_there(lived: Lived) -> None:
    case = "cases/support.yaml:23"
    with TemporaryDirectory() as folder:
        mine = Path(shutil.copytree(POLICIES, Path(folder) / "mine"))
        file = mine / "cases" / "support.yaml"
        text = re.sub(r"(from|region): \w+", r"\1: cn", file.read_text("utf-8"))
        file.write_text(text, "utf-8")
        words = ("policy", "explain", case, "--for", "customer", "--lang", "zh")
        said = allod(*words, "--policies", mine).out
    assert "《个人信息保护法》第 13(2) 条" in said
    assert "GDPR" not in said
