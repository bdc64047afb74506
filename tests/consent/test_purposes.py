"""The closed list of purposes, read from the policy tables."""

from typing import Any

import pytest

from consent import LawfulBasis, Purposes, PurposesError
from kit.errors import Invalid

ROW = {
    "title": "We send you news",
    "article": "GDPR 6(1)(a)",
    "bases": ["consent"],
    "channel": "email",
}


def test_the_shipped_tables_can_be_read(purposes: Purposes) -> None:
    marketing = purposes.get("marketing.email")
    assert marketing.bases == {LawfulBasis.CONSENT}
    assert LawfulBasis.CONSENT in marketing.bases
    assert marketing.channel == "email"
    assert purposes.get("ugc.advertise").use == "advertise"
    assert LawfulBasis.CONSENT not in purposes.get("self.access").bases
    assert purposes.get("self.access").right
    assert not purposes.get("billing.invoice").right
    assert {purpose.name for purpose in purposes} == purposes.names


def test_an_unknown_purpose_is_refused_without_repeating_it(
    purposes: Purposes,
) -> None:
    with pytest.raises(Invalid) as refusal:
        purposes.get("canary.purpose")
    assert refusal.value.reason_code == "purpose.unknown"
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({}, "no purposes"),
        ({"purposes": {}}, "no purposes"),
        ({"purposes": {"a.b": []}}, "a.b is not an object"),
        ({"purposes": {"a.b": ROW | {"title": None}}}, "a text under title"),
        ({"purposes": {"a.b": ROW | {"bases": []}}}, "a list of lawful bases"),
        ({"purposes": {"a.b": ROW | {"bases": ["habit"]}}}, "lawful basis"),
        ({"purposes": {"a.b": ROW | {"bases": [{}]}}}, "lawful basis"),
    ],
)
def test_a_damaged_table_is_refused_by_the_name_of_its_row(
    tables: dict[str, Any], says: str
) -> None:
    with pytest.raises(PurposesError, match=says):
        Purposes.parse(tables)
