"""Terms of a licence: structured, or refused with the field to fill."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import Licence, parse_terms
from consent.terms import is_vague
from kit.errors import Invalid

TERMS = {
    "purpose": "ugc.advertise",
    "product": "kettle-2",
    "territory": "de",
    "since": "2026-12-01T00:00:00Z",
    "until": "2027-12-01T00:00:00+01:00",
}


def refusal_of(terms: dict[str, Any]) -> Invalid:
    with pytest.raises(Invalid) as refusal:
        parse_terms(terms)
    return refusal.value


def test_terms_that_say_everything_are_a_licence() -> None:
    assert parse_terms(TERMS) == Licence(
        purpose="ugc.advertise",
        product="kettle-2",
        territory="de",
        since=datetime(2026, 12, 1, tzinfo=UTC),
        until=datetime(2027, 11, 30, 23, tzinfo=UTC),
    )


@pytest.mark.parametrize("name", sorted(TERMS))
def test_each_missing_term_is_named_with_what_to_write(name: str) -> None:
    refusal = refusal_of({key: text for key, text in TERMS.items() if key != name})
    assert [fault.pointer for fault in refusal.faults] == [f"/{name}"]
    assert "for example" in refusal.faults[0].message or name == "product"


def test_a_licence_without_an_end_is_vague() -> None:
    assert refusal_of(TERMS | {"until": None}).reason_code == "ugc.vague"


@pytest.mark.parametrize(
    "words",
    [
        *("in perpetuity", "Perpetual", "perpetual-use", "forever", "no end date"),
        *("reasonable use", "Reasonable_Use", "fair.use", "any purpose", "unlimited"),
        *("合理使用", "永久", "永久有效", "在合理范围内", "无限期", "不可撤销"),
        *("\uff49\uff4e\u3000perpetuity", "including but not limited to ads"),
    ],
)
@pytest.mark.parametrize("name", ["purpose", "product", "until"])
def test_words_that_mean_nothing_are_refused_in_every_field(
    name: str, words: str
) -> None:
    refusal = refusal_of(TERMS | {name: words})
    assert refusal.reason_code == "ugc.vague"
    assert [fault.pointer for fault in refusal.faults] == [f"/{name}"]
    assert words not in str(refusal) + refusal.fix


def test_a_product_may_have_a_vague_word_inside_its_name() -> None:
    assert not is_vague("any-colour-pen")
    assert not is_vague("wall-clock")


@pytest.mark.parametrize(
    "changed",
    [
        {"product": "two words"},
        {"product": "x" * 65},
        {"product": ""},
        {"product": "-dash-first"},
        {"product": "naïve"},
        {"territory": "中国"},
        {"territory": 49},
        {"since": "tomorrow"},
        {"since": "2026-12-01T00:00:00"},
        {"until": 1796083200},
        {"until": datetime(2027, 1, 1)},  # noqa: DTZ001 - no offset is the example
        {"until": "2026-12-01T00:00:00Z"},
        {"until": "2026-11-01T00:00:00Z"},
        {"until": "9999-12-31T23:59:59Z"},
    ],
)
def test_a_term_that_is_no_code_or_no_instant_is_refused(
    changed: dict[str, Any],
) -> None:
    refusal = refusal_of(TERMS | changed)
    assert refusal.reason_code == "ugc.terms"
    assert [fault.pointer for fault in refusal.faults] == [
        f"/{name}" for name in changed
    ]


def test_terms_that_nobody_asked_for_are_refused_and_not_repeated() -> None:
    refusal = refusal_of(TERMS | {"canary": "canary"})
    assert "canary" not in repr(refusal.faults) + str(refusal) + refusal.fix


def test_all_faults_are_told_at_once() -> None:
    assert len(refusal_of({}).faults) == len(TERMS)


def test_part_of_a_second_shortens_the_licence() -> None:
    at = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(milliseconds=400)
    licence = parse_terms(TERMS | {"since": at, "until": at + timedelta(seconds=5)})
    assert licence.since == datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC)
    assert licence.until == datetime(2026, 12, 1, 0, 0, 5, tzinfo=UTC)


@given(
    st.dictionaries(
        st.sampled_from(sorted(TERMS)) | st.text(max_size=8),
        st.none() | st.integers() | st.text(max_size=40) | st.datetimes(),
    )
)
def test_no_terms_at_all_lead_to_another_error(terms: dict[str, Any]) -> None:
    try:
        licence = parse_terms(TERMS | terms)
    except Invalid:
        return
    assert licence.since < licence.until
