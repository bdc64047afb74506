import pytest
from bundles import changed, shipped

from kit.errors import NotFound
from pdp.review.explain import Explanation, explain, find_case


def explained(wanted: str) -> Explanation:
    return explain(shipped(), find_case(shipped(), wanted).question)


def line_of(path: str, text: str) -> int:
    before = shipped().texts[path].partition(text)[0]
    return before.count("\n") + 1


def test_a_denial_names_file_line_title_article_and_remedy() -> None:
    found = explained("Nobody has asked the author")

    (ground,) = found.denials
    assert ground.code == "ugc.unasked"
    assert ground.file == "legal/ugc.rego"
    # The rule begins on the line before the one with its code.
    assert ground.line == line_of("legal/ugc.rego", '"ugc.unasked"') - 1
    assert ground.title == "Contributions and their licence"
    assert ground.article
    assert ground.fix


def test_a_permission_names_its_permit_and_the_cells_behind_each_mask() -> None:
    found = explained("cases/support.yaml:23")

    assert found.allowed
    assert [(it.code, it.file) for it in found.permits] == [
        ("purpose.role", "legal/purpose.rego")
    ]
    assert found.masks[0].mask == "last4"
    assert found.masks[0].cells == ("tables/data.json: masks.support.contact = last4",)


def test_the_purposes_own_mask_is_named_beside_the_roles() -> None:
    found = explained("With a licence, an advertisement quotes the text")

    identity = found.masks[1]
    assert identity.mask == "initials"
    assert any("masks.marketing.identity = clear" in cell for cell in identity.cells)
    assert any("masks.identity = initials" in cell for cell in identity.cells)


def test_a_class_that_the_purpose_does_not_list_is_explained() -> None:
    found = explained("Preferences are not on an invoice")

    assert found.masks[1].mask == "drop"
    assert "does not list it" in found.masks[1].cells[0]


def test_a_code_that_is_put_together_is_found_too() -> None:
    (ground,) = explained("The strength of the sign-in").denials

    assert ground.code == "gate.unknown_assurance"
    assert ground.file == "gate/gate.rego"


def test_every_code_that_a_case_names_leads_to_a_rule() -> None:
    found = explained("cases/marketing_email.yaml:70")

    assert [ground.file for ground in found.denials] == [
        "legal/consent.rego",
        "legal/residency.rego",
        "legal/retention.rego",
        "legal/restriction.rego",
    ]


def test_no_decision_is_said_to_be_none() -> None:
    bundle = changed("gate/gate.rego", '"allow": true,', '"allow": "true",')
    question = find_case(bundle, "cases/support.yaml:23").question

    found = explain(bundle, question)

    assert found.outcome == "undecided: gate.not_boolean"
    assert not found.allowed


@pytest.mark.parametrize("wanted", ["there is no such row", "", "the"])
def test_words_that_lead_to_no_single_case_are_refused(wanted: str) -> None:
    with pytest.raises(NotFound):
        find_case(shipped(), wanted)
