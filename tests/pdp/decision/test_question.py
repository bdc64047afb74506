from pdp.decision.question import (
    Caller,
    Condition,
    Kind,
    Reach,
    ResourceClass,
    batch,
    document,
)


def test_a_question_is_written_exactly_as_version_one_says() -> None:
    caller = Caller(Kind.SERVICE, ("support",), "eu", 2)
    resource = ResourceClass("profile", ("contact", "preference"), Reach.SELF, "eu")

    assert document("read", "marketing.email", caller, resource) == {
        "v": 1,
        "action": "read",
        "purpose": "marketing.email",
        "principal": {
            "kind": "service",
            "roles": ["support"],
            "region": "eu",
            "assurance": 2,
        },
        "resource": {
            "collection": "profile",
            "classes": ["contact", "preference"],
            "reach": "self",
            "region": "eu",
            "state": "active",
            "minor": "unknown",
            "retention": "within",
            "hold": False,
            "basis": "none",
            "consent": "unknown",
            "ugc": "none",
        },
    }


def test_a_condition_is_said_where_there_is_one() -> None:
    caller = Caller(Kind.STAFF, ("legal",), "eu")
    resource = ResourceClass(
        *("ticket", ("special",), Reach.ASSIGNED, "eu"),
        condition=Condition.LEGAL_CLAIMS,
    )

    question = document("read", "legal.claims", caller, resource)

    assert question["resource"]["condition"] == "9(2)(f)"


def test_words_that_are_a_set_come_sorted_and_once() -> None:
    caller = Caller(Kind.STAFF, ("support", "legal", "support"), "eu")
    resource = ResourceClass("profile", ("identity", "contact"), Reach.NONE, "eu")

    question = document("read", "support.case", caller, resource)

    assert question["principal"]["roles"] == ["legal", "support"]
    assert question["resource"]["classes"] == ["contact", "identity"]


def test_a_batch_is_the_same_question_in_two_parts() -> None:
    caller = Caller(Kind.STAFF, ("support",), "eu")
    resource = ResourceClass("profile", ("identity",), Reach.ASSIGNED, "eu")

    shared, items = batch("read", "support.case", caller, [resource, resource])

    whole = document("read", "support.case", caller, resource)
    assert [{**shared, "resource": item} for item in items] == [whole, whole]


def test_what_is_not_known_about_a_record_is_said_to_be_unknown() -> None:
    resource = ResourceClass("profile", ("identity",), Reach.NONE, "eu")

    assert (resource.minor, resource.basis, resource.consent) == (
        "unknown",
        "none",
        "unknown",
    )
