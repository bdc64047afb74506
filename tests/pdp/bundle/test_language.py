"""The texts of a bundle: what is said, in which language, and what is wrong in them."""

import ast
import tarfile
from io import BytesIO
from pathlib import Path

import pytest
from bundles import changed, replaced, shipped
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Reason
from kit.secret import Secret
from pdp.bundle.bundle import Bundle, BundleError, from_texts
from pdp.bundle.bundle_archive import BundleSigner, archive
from pdp.bundle.language import filled
from pdp.bundle.language_source import languages_of
from pdp.change.diff import ChangeEffect, diff
from pdp.decision.decision import Undecided, parse_decision
from pdp.engines.regorus import Workbench
from pdp.review.language_lint import OURS, _params
from pdp.review.lint import lint

EN, ZH, DE = "texts/en.yaml", "texts/zh.yaml", "texts/de.yaml"
WITHDRAWN = Reason("consent.withdrawn", "GDPR 7(3)", "do not ask again")
TOO_WEAK = Reason("purpose.assurance", "GDPR 32(1)", "?", (("needed", 3),))
ROOT = Path(__file__).parents[3]


def without_texts() -> Bundle:
    texts = shipped().texts
    return from_texts({p: t for p, t in texts.items() if not p.startswith("texts/")})


def findings(bundle: Bundle) -> list[tuple[str, int, str]]:
    return [(each.file, each.line, each.message) for each in lint(bundle)]


def test_a_reason_is_said_in_the_language_that_is_wanted() -> None:
    languages = languages_of(shipped())
    assert languages.tags == ("en", "zh")
    assert "您已撤回" in languages.speak(["zh-CN"]).to_customer(WITHDRAWN)
    english = languages.speak(["fr"])
    assert english.tag == "en"
    assert english.to_customer(WITHDRAWN).startswith("You took back your consent")
    assert english.to_staff(WITHDRAWN) == "Consent was withdrawn: do not ask again"


def test_a_parameter_is_put_into_its_place() -> None:
    assert "at least 3" in languages_of(shipped()).speak().to_staff(TOO_WEAK)
    assert "3" in languages_of(shipped()).speak(["zh"]).to_staff(TOO_WEAK)


def test_without_its_parameter_the_title_alone_is_said() -> None:
    said = languages_of(shipped()).speak().to_staff(Reason("purpose.assurance"))
    assert said == "The sign-in is too weak"


def test_a_word_that_is_unknown_is_named_in_the_language() -> None:
    unknown = Reason("gate.unknown_caller_region", params=(("word", "caller_region"),))
    assert "caller_region" in languages_of(shipped()).speak(["zh"]).to_staff(unknown)


def test_all_that_the_machinery_says_has_a_text() -> None:
    speaker = languages_of(shipped()).speak(["zh"])
    assert speaker.to_customer(Reason("gate.timeout")).startswith("由于技术原因")


def test_a_language_falls_back_to_english_text_by_text() -> None:
    german = "reasons:\n  consent.missing: {title: Keine, customer: Sie fehlt.}\n"
    bundle = replaced(DE, german)
    assert lint(bundle) == []
    speaker = languages_of(bundle).speak(["de-AT"])
    assert speaker.tag == "de"
    assert speaker.to_customer(Reason("consent.missing")) == "Sie fehlt."
    assert speaker.to_customer(WITHDRAWN).startswith("You took back")
    assert speaker.purpose("self.access") == "You look at your own data, or correct it"


def test_every_purpose_class_and_mask_has_a_name_in_each_language() -> None:
    tables, chinese = shipped().tables, languages_of(shipped()).speak(["zh"])
    for name, row in tables["purposes"].items():
        assert chinese.purpose(name) not in {name, row["title"]}
    for section, words in {"classes": "classes", "masks": "mask_order"}.items():
        for word in tables[words]:
            assert chinese.name(section, word) != word


def test_a_bundle_without_texts_says_what_its_tables_say() -> None:
    bundle = without_texts()
    assert lint(bundle) == []
    speaker = languages_of(bundle).speak(["zh"])
    assert speaker.to_staff(WITHDRAWN) == speaker.to_customer(WITHDRAWN) == ""
    assert speaker.purpose("self.export") == "You take your data with you"


def test_the_digest_covers_the_texts_and_an_engine_is_not_sent_them() -> None:
    other = changed(ZH, "您已撤回对此目的的同意", "您撤回了对此目的的同意")
    assert other.digest != shipped().digest
    packed = archive(other, BundleSigner(Secret(bytes(32))))
    with tarfile.open(fileobj=BytesIO(packed)) as tar:
        names = set(tar.getnames())
        manifest = tar.extractfile(".manifest")
        assert manifest is not None
        assert other.digest.encode() in manifest.read()
    assert not any(name.startswith("texts/") for name in names)


WRONG = [
    (EN, "{needed}", "{need}", "nothing is put into `{need}` here"),
    (EN, "title: There is no consent", "title: No {word}", "into `{word}`"),
    (EN, "  consent.missing:", "  consent.mising:", "no rule refuses with"),
    (EN, "  consent.missing:", "  consent.mising:", "no text for `consent.missing`"),
    (EN, "  identity: who you are\n", "", "no text for `identity`"),
    (EN, "  rights: >-", "  right: >-", "there is no sentence `right`"),
    (EN, "{name} ({mask})", "{name} ({masks})", "nothing is put into `{masks}`"),
    (EN, "masks:\n", "maskes:\n", "there is no section `maskes`"),
    (ZH, "  support.case:", "  support.cas:", "called `support.cas`"),
    (ZH, "  last4:", "  last5:", "called `last5`"),
    (ZH, "customer: 您没有就此目的表示同意。", "says: 没有", "no text `says`"),
    (ZH, "customer: 您没有就此目的表示同意。", "says: 没有", "no text `customer`"),
    (ZH, "title: 没有同意", 'title: ""', "a text is expected here"),
    (ZH, "title: 没有同意", 'title: "a\\nb"', "a text is one line"),
    (ZH, "title: 没有同意", "title: *again", "not YAML as it is read here"),
    (
        ZH,
        "  consent.withdrawn:",
        "  consent.missing:",
        "the same name stands here twice",
    ),
    (ZH, "classes:\n", "classes: none\nother:\n", "`name: text` lines"),
]


@pytest.mark.parametrize(
    ("path", "old", "new", "found"), WRONG, ids=[each[3] for each in WRONG]
)
def test_what_is_wrong_in_a_text_is_found_with_its_line(
    path: str, old: str, new: str, found: str
) -> None:
    said = [each for each in findings(changed(path, old, new)) if found in each[2]]
    assert said
    assert {each[0] for each in said} == {path}


def test_the_line_of_a_finding_is_where_it_stands() -> None:
    bundle = changed(EN, "{needed}", "{need}")
    ((path, line, _),) = findings(bundle)
    assert "{need}" in bundle.texts[path].splitlines()[line - 1]


def test_texts_without_english_are_found() -> None:
    texts = {p: t for p, t in shipped().texts.items() if p != EN}
    assert findings(from_texts(texts))[0][0] == EN


def test_two_files_for_one_language_are_found() -> None:
    twice = from_texts({**shipped().texts, "texts/ZH.yaml": shipped().texts[ZH]})
    assert ["the same language" in said for _, _, said in findings(twice)] == [True]


def test_an_empty_file_is_found() -> None:
    assert findings(replaced(DE, "")) == [(DE, 1, "the file is empty")]


@pytest.mark.parametrize("name", ["texts/en_US.yaml", "texts/e.yaml", "texts/en.yml"])
def test_a_file_that_is_not_called_after_a_language_is_refused(name: str) -> None:
    with pytest.raises(BundleError, match="has no place in a bundle"):
        replaced(name, "reasons: {}")


def test_a_parameter_that_may_be_undefined_is_found() -> None:
    bundle = changed(
        "legal/purpose.rego",
        'object.get(asked.purpose, "assurance", 0)',
        "asked.purpose.assurance",
    )
    assert ["denies nothing" in said for _, _, said in findings(bundle)] == [True]


def refusal(**more: object) -> dict[str, object]:
    reason = {"code": "a.b", "article": "", "fix": "", **more}
    return {
        "v": 1,
        "allow": False,
        "masks": {},
        "permits": [],
        "obligations": [],
        "reasons": [reason],
    }


def test_parameters_come_with_their_reason() -> None:
    (reason,) = parse_decision(refusal(params={"b": 2, "a": "x"})).reasons
    assert reason.params == (("a", "x"), ("b", 2))
    assert parse_decision(refusal()).reasons[0].params == ()


@pytest.mark.parametrize(
    "params",
    [
        *(None, [], "x", {"a": None}, {"a": True}, {"a": 1.5}, {"a": ["x"]}),
        *({"A": 1}, {"": 1}, {"a": "x" * 201}, {f"a{'b' * n}": 1 for n in range(9)}),
    ],
)
def test_parameters_that_are_none_are_no_decision(params: object) -> None:
    with pytest.raises(Undecided):
        parse_decision(refusal(params=params))


@given(st.text(), st.dictionaries(st.sampled_from(["a", "b"]), st.text()))
def test_what_is_put_in_brings_no_place_of_its_own(
    text: str, values: dict[str, str]
) -> None:
    assert filled(text, {"a": "{b}", "b": "{a}"}).count("{a}") <= text.count("{")
    assert filled("{a}", {**values, "a": "{b}"}) == "{b}"


def test_all_that_the_program_refuses_with_may_have_a_text() -> None:
    said = {code for path in sources() for code in reasons_in(path)}
    composed = {code for code in said if code.startswith("gate.unknown_")}
    with Workbench(shipped(), coverage=False) as bench:
        trees = {p: bench.parse(p, text) for p, text in shipped().modules.items()}
    assert said - composed <= OURS | _params(trees).keys() | UNSPOKEN
    assert len(said) > 10


# Said by a witness to a log, by a broken engine, and on the command line alone.
UNSPOKEN = {"witness.signature", "gate.no_reason", "token.revoked"}


def sources() -> list[Path]:
    packages = ("kit", "ledger", "consent", "vault", "exports", "server")
    return [path for each in packages for path in (ROOT / each).rglob("*.py")]


def reasons_in(path: Path) -> set[str]:
    """Name the codes of the reasons and refusals that a module makes."""
    return {
        str(call.args[0].value)
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"Reason", "refused"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def test_other_words_and_another_language_open_nothing() -> None:
    words = changed(ZH, "您已撤回对此目的的同意", "您撤回了对此目的的同意")
    french = replaced("texts/fr.yaml", "reasons: {}\n")
    for bundle in (words, french):
        found = diff(shipped(), bundle)
        assert [each.effect for each in found] == [ChangeEffect.UNCLEAR]
