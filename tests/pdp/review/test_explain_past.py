from bundles import shipped

from pdp.review.explain_past import recall


def test_what_refused_is_named_with_rule_article_and_remedy() -> None:
    found = recall(
        shipped(),
        kind="service",
        purpose="marketing.email",
        codes=["consent.withdrawn", "gate.unknown_class", "gone.code"],
    )

    withdrawn, unknown, gone = found.denials
    assert (withdrawn.file, withdrawn.article) == (
        "legal/consent.rego",
        "GDPR 7(3); PIPL 15(1)",
    )
    assert "withdrew" in withdrawn.fix
    assert unknown.file == "gate/gate.rego"
    assert gone.line == 0
    assert found.roles == ()


def test_what_was_allowed_has_the_cells_of_each_role_of_that_kind() -> None:
    found = recall(shipped(), kind="service", purpose="support.case", codes=[])

    (role,) = found.roles
    assert role.role == "support"
    assert "tables/data.json: masks.support.contact = last4" in role.cells
    assert len(found.unknown) == 2


def test_a_purpose_that_the_policies_did_not_have_has_no_cells() -> None:
    assert recall(shipped(), kind="service", purpose="no.such", codes=[]).roles == ()
