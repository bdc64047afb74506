"""Each reason cites the law of whoever is told: its notation, and its part for all."""

import ast
import re
from collections.abc import Iterator

import pytest
from bundles import POLICIES, shipped

from kit.errors import Reason
from pdp.bundle.language_source import languages_of
from pdp.bundle.regions import regions_of
from pdp.engines.regorus import Workbench
from pdp.engines.trees import rule_name, texts_of
from pdp.review.letter import LetterFacts, letter
from vault.writes import write_verdicts

# Whose schemas hold examples, and no reasons, is left out.
PACKAGES = ("consent", "crm", "exports", "kit", "pdp", "vault", "server/cli")
LAW = re.compile("GDPR|PIPL|ePrivacy")
CITES = re.compile(rf"({LAW.pattern}) \d")
EXCEPTIONS = {
    ("uses.py", "GDPR 6(1)(f)"): "the PIPL knows no legitimate interests",
    ("certificate_facts.py", "GDPR 6(1)(f), 21(1)"): "a certificate was given out so",
    ("certificate_facts.py", "GDPR 5(2)"): "a certificate was given out so",
}
LAWS = sorted({law.law for law in regions_of(shipped().tables).values()})
# GDPR 6(1)(a), 7; PIPL 13(1): LAW number(paragraph)(point), laws parted by a semicolon.
ARTICLE = r"\d+(\(\d+\))?(\([a-z]\))?"
PART = rf"(GDPR|ePrivacy|PIPL) {ARTICLE}(, {ARTICLE})*"
NOTATION = re.compile(rf"{PART}(; {PART})*")
# Only in the head of a file, which cites what a rule goes by as well.
HEAD = re.compile(NOTATION.pattern.replace(ARTICLE, rf"({ARTICLE}|recital \d+)"))


def reasons() -> Iterator[tuple[str, str]]:
    """Give the code and the article of each reason that the rules can give."""
    with Workbench(shipped()) as bench:
        for path, text in sorted(shipped().modules.items()):
            for rule in bench.parse(path, text)["rules"]:
                head = rule.get("Spec", {"head": {}})["head"]
                key = head.get("Set", {}).get("key") or {}
                if rule_name(rule) in {"deny", "faults", "denials"}:
                    for article in texts_of(key, "article"):
                        yield "".join(texts_of(key, "code")), article


def ours() -> Iterator[tuple[str, str]]:
    """Give the file and the text of each citation that the program itself makes."""
    for package in PACKAGES:
        for path in sorted((POLICIES.parent / package).rglob("*.py")):
            source = path.read_text("utf-8")
            if not LAW.search(source):
                continue
            for node in ast.walk(ast.parse(source)):
                text = node.value if isinstance(node, ast.Constant) else None
                if isinstance(text, str) and CITES.match(text):
                    yield path.name, text


REASONS = [*reasons()]
OURS = [*ours()]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("code", "article"), [*REASONS, *OURS])
def test_each_reason_cites_the_law_of_each_region(
    code: str, article: str, law: str
) -> None:
    if (code, article) not in EXCEPTIONS:
        assert law in {part.partition(" ")[0] for part in article.split("; ")}, code


def test_every_reason_of_the_rules_was_looked_at() -> None:
    texts = " ".join(shipped().modules.values())

    assert len(REASONS) == texts.count('"article": ')
    assert LAWS == ["GDPR", "PIPL"]
    assert len(OURS) > 8
    assert EXCEPTIONS.keys() <= {*OURS}


NAMED = {
    "en": {"GDPR": "GDPR", "PIPL": "Personal Information Protection Law"},
    "zh": {"GDPR": "《通用数据保护条例》", "PIPL": "《个人信息保护法》"},
}


@pytest.mark.parametrize("tag", NAMED)
@pytest.mark.parametrize("law", [*LAWS, "FADP"])
def test_each_reason_can_be_sent_and_cites_no_law_but_the_customers(
    tag: str, law: str
) -> None:
    speaker = languages_of(shipped()).speak([tag])
    tables = {"regions": {"here": {**shipped().tables["regions"]["eu"], "law": law}}}
    for code, article in REASONS:
        given = "gate.unknown_region" if code.startswith("_") else code
        params = (("needed", 2), ("region", "eu"), ("word", "region"))
        reason = Reason(given, article, "not for a letter", params)
        told = LetterFacts(
            *("2026-01-01", "service", "read", "support.case"),
            allowed=False,
            region="here",
            reasons=(reason,),
        )
        said = letter(speaker, tables, told).split("\n")[1]
        named = {name for name, its in NAMED[tag].items() if its in said}
        assert named == {law} & {*LAWS}, code
        assert said.endswith((".", ")", "\u3002", "\uff09")), code
        assert given not in said
        assert "not for a letter" not in said
        assert not re.search(r"[{}`]", said), code
        assert tag == "en" or not re.search(r"[A-Za-z]{2}", said), code


@pytest.mark.parametrize(("code", "article"), [*REASONS, *OURS])
def test_each_reason_is_cited_in_one_notation(code: str, article: str) -> None:
    assert NOTATION.fullmatch(article), code


@pytest.mark.parametrize("purpose", sorted(shipped().tables["purposes"]))
def test_each_purpose_is_cited_in_it_and_by_each_law(purpose: str) -> None:
    article = shipped().tables["purposes"][purpose]["article"]

    assert NOTATION.fullmatch(article)
    assert {*LAWS} <= {part.partition(" ")[0] for part in article.split("; ")}


@pytest.mark.parametrize("path", sorted(shipped().modules))
def test_each_file_of_law_is_cited_in_it_too(path: str) -> None:
    (article,) = re.findall(r"^#   article: (.+)$", shipped().texts[path], re.MULTILINE)

    assert HEAD.fullmatch(article)


def test_what_takes_consent_by_e_mail_and_text_message_cites_eprivacy() -> None:
    purposes = shipped().tables["purposes"]

    for name in ("marketing.email", "marketing.sms"):
        assert "ePrivacy 13(1)" in purposes[name]["article"]
    assert "ePrivacy 13(1)" in dict(REASONS)["consent.electronic_mail"]


def test_an_objection_where_consent_is_the_basis_is_a_withdrawal() -> None:
    grounds = {article for code, article in REASONS if code == "consent.objected"}

    assert grounds == {
        "GDPR 21(2), 21(3); PIPL 24(2), 44",
        "GDPR 7(3); PIPL 15(1)",
        "GDPR 21(1); PIPL 44",
    }


def test_a_frozen_correction_is_a_restriction_and_not_a_refusal_to_erase() -> None:
    assert "17" not in dict(REASONS)["hold.frozen"]
    assert write_verdicts.FROZEN.article == dict(REASONS)["hold.frozen"]


def test_the_page_for_lawyers_says_how_articles_are_cited() -> None:
    assert "LAW number(paragraph)(point)" in (POLICIES / "README.md").read_text()
