"""Consent records are JSON-LD that says what it means to a reader without our code."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from consent_records import EMAIL, record_of, spoken
from consents import ConsentHouse
from linked_data import DPV, FetchedError, expanded, faults, graph, quads, types
from pyld.jsonld import JsonLdError

Change = Callable[[dict[str, Any]], object]
RECORD = "urn:uuid:00000000-0000-0000-0000-000000000007"


@pytest.fixture
def record(house: ConsentHouse) -> dict[str, Any]:
    return record_of(house, spoken(house))


def test_a_reader_without_a_network_finds_every_shape(record: dict[str, Any]) -> None:
    assert faults(record) == []


def test_what_was_said_is_named_typed_and_linked(record: dict[str, Any]) -> None:
    whole = graph(record)
    given = f"{RECORD}#status-2"
    assert types(whole, given) == {f"{DPV}ConsentGiven", f"{DPV}ExpressedConsent"}
    said = {name.removeprefix(DPV): value for name, value in whole[given]}
    assert said["isIndicatedBy"] == {"type": "IRI", "value": f"{RECORD}#subject"}
    assert said["hasNotice"]["value"] == f"{RECORD}#notice-1-zh"
    assert said["isIndicatedAtTime"]["datatype"].endswith("XMLSchema#dateTime")
    purposes = [node for node in whole if f"{DPV}Purpose" in types(whole, node)]
    assert purposes == [f"urn:allod:purpose:{EMAIL}"]


def test_the_expanded_form_says_the_same_without_the_context(
    record: dict[str, Any],
) -> None:
    (bare,) = expanded(record)
    assert quads(bare) == quads(record) != ""


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["@context"].pop("dct:created"),
        lambda r: r["@context"].pop("dpv:hasLegalBasis"),
        lambda r: r["@context"].pop("dpv:isExercisedAt"),
        lambda r: r["@context"].pop("dpv:isIndicatedBy"),
        lambda r: r["@context"].pop("dpv:isIndicatedAtTime"),
        lambda r: r.pop("dpv:hasDataSubject"),
        lambda r: r.update({"dct:identifier": ["a", "b"]}),
        lambda r: r.update({"dct:subject": "anna"}),
        lambda r: r.update({"dct:created": "yesterday"}),
        lambda r: r["dpv:hasProcess"]["dpv:hasPurpose"].pop("@type"),
        lambda r: r["dpv:hasConsentStatus"][0].update({"@type": "dpv:ConsentMaybe"}),
        lambda r: r["dpv:hasConsentStatus"][0].pop("dpv:isIndicatedAtTime"),
        lambda r: r["dpv:hasConsentStatus"][1]["dpv:hasNotice"].pop("dct:language"),
    ],
)
def test_the_shapes_find_what_is_amiss(record: dict[str, Any], change: Change) -> None:
    change(changed := copy.deepcopy(record))
    assert faults(changed)


def test_a_context_that_is_elsewhere_is_not_fetched(record: dict[str, Any]) -> None:
    with pytest.raises(JsonLdError) as refused:
        graph(record | {"@context": "https://w3id.org/dpv"})
    assert any(isinstance(each, FetchedError) for each in causes(refused.value))


def causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or getattr(error, "cause", None)
