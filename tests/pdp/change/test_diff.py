"""Two bundles compared, in words."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from bundles import changed, replaced, shipped

from kit.errors import Invalid
from pdp.bundle.bundle import Bundle, from_texts
from pdp.change.diff import ChangeEffect, diff

TABLES = "tables/data.json"
Edit = Callable[[dict[str, Any]], object]


def tables(edit: Edit) -> Bundle:
    edited = json.loads(shipped().texts[TABLES])
    edit(edited)
    return replaced(TABLES, json.dumps(edited, indent=2))


def test_a_bundle_does_not_differ_from_itself() -> None:
    assert diff(shipped(), shipped()) == []


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (
            lambda t: t["masks"]["support"].update(contact="clear"),
            "support: contact is shown clear instead of last4",
        ),
        (
            lambda t: t["purposes"]["support.case"]["roles"].append("legal"),
            "support.case: roles have legal in addition",
        ),
        (
            lambda t: t["purposes"]["support.case"].update(retention="any"),
            'support.case: retention is "any" instead of "within"',
        ),
        (
            lambda t: t["purposes"]["ugc.display"]["masks"].clear(),
            "ugc.display: identity is shown clear instead of initials",
        ),
        (
            lambda t: t["purposes"]["analytics.aggregate"].update(cohort=5),
            "analytics.aggregate: cohort is 5 instead of 20",
        ),
        (
            lambda t: t["purposes"]["marketing.sms"].update(direct_marketing=False),
            "marketing.sms: direct_marketing is false instead of true",
        ),
        (
            lambda t: t["roles"]["legal"]["kinds"].append("service"),
            "legal: kinds have service in addition",
        ),
        (
            lambda t: t["residency"]["cn"].append("us"),
            "cn: readers have us in addition",
        ),
        (
            lambda t: t["purposes"].update(x=dict(t["purposes"]["support.case"])),
            "there is a new purpose, x",
        ),
    ],
)
def test_a_cell_that_opens_is_said_to_open_and_back_again_to_close(
    edit: Edit, words: str
) -> None:
    wider = tables(edit)

    (opened,) = diff(shipped(), wider)
    (closed,) = diff(wider, shipped())

    assert (opened.words, opened.effect) == (words, ChangeEffect.OPENS)
    assert closed.effect is ChangeEffect.CLOSES
    assert opened.file == TABLES
    assert opened.line > 1


def test_a_cell_that_says_neither_is_unclear() -> None:
    (change,) = diff(
        shipped(), tables(lambda t: t["purposes"]["support.case"].update(title="Help"))
    )

    assert change.effect is ChangeEffect.UNCLEAR


def test_a_changed_rule_is_named_by_its_code_and_line() -> None:
    bundle = changed("legal/consent.rego", '"withdrawn"\n', '"never"\n')

    (change,) = diff(shipped(), bundle)

    assert change.words == "the rule deny consent.withdrawn is changed"
    assert (change.file, change.line) == ("legal/consent.rego", 46)
    assert change.effect is ChangeEffect.UNCLEAR


def test_a_rule_that_is_gone_is_missed_and_one_that_is_new_is_seen() -> None:
    longer = changed(
        "legal/hold.rego", "installed := true\n", "installed := true\n\nx := 1\n"
    )

    (new,) = diff(shipped(), longer)
    (gone,) = diff(longer, shipped())

    assert (new.words, new.line) == ("the rule x is new", 12)
    assert (gone.words, gone.line) == ("a rule x is gone", 0)


def test_a_changed_comment_is_no_changed_rule() -> None:
    bundle = changed("legal/hold.rego", "# title: Legal hold", "# title: Holds")

    (change,) = diff(shipped(), bundle)

    assert change.words == "the words around the rules are changed"


def test_files_that_decide_nothing_are_told_too() -> None:
    texts = dict(shipped().texts)
    texts["cases/more.yaml"] = texts.pop("cases/support.yaml")
    texts["README.md"] = "# Other\n"

    assert [(it.file, it.words) for it in diff(shipped(), from_texts(texts))] == [
        ("README.md", "the file is changed"),
        ("cases/more.yaml", "a new file"),
        ("cases/support.yaml", "the file is gone"),
    ]


def test_tables_that_name_what_is_not_there_cannot_be_compared() -> None:
    bundle = tables(lambda t: t["masks"]["support"].update(contact="blurred"))

    with pytest.raises(Invalid, match=r"tables/data.json:\d+:\d+: .*`blurred`"):
        diff(shipped(), bundle)
