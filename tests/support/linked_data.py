"""JSON-LD read as a graph, offline, and held to shapes of our own.

A shape says of a class which properties its nodes have, how often, and of which kind
the values are: a small part of what SHACL says. It is closed: what it does not name is
a fault. The terms are those of DPV 2.2 that a consent record uses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pyld import jsonld

DPV: Final = "https://w3id.org/dpv#"
_DCT: Final = "http://purl.org/dc/terms/"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SCHEMA: Final = "https://schema.org/"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_TYPE: Final = f"{_RDF}type"

Graph = Mapping[str, list[tuple[str, Mapping[str, str]]]]
"""What is said of each node: property and value."""


class FetchedError(Exception):
    """A reader asked for a document that is elsewhere."""


def graph(document: Mapping[str, Any]) -> Graph:
    """Read a document as a graph; whoever asks the network gets `FetchedError`."""
    options = {"documentLoader": _refuse}
    found: dict[str, list[tuple[str, Mapping[str, str]]]] = {}
    for triple in jsonld.to_rdf(dict(document), options)["@default"]:
        subject, said = triple["subject"]["value"], triple["predicate"]["value"]
        found.setdefault(subject, []).append((said, triple["object"]))
    return found


def expanded(document: Mapping[str, Any]) -> Any:
    """Give the expanded form, in which nothing hangs on the context any more."""
    return jsonld.expand(dict(document), {"documentLoader": _refuse})


def quads(document: Mapping[str, Any]) -> str:
    """Give the canonical N-Quads (RDF Dataset Canonicalization), one for one graph."""
    options = {
        "algorithm": "URDNA2015",
        "format": "application/n-quads",
        "documentLoader": _refuse,
    }
    text: str = jsonld.normalize(dict(document), options)
    return text


def _refuse(url: str, options: Mapping[str, Any]) -> Any:
    raise FetchedError(url)


@dataclass(frozen=True, slots=True)
class Some:
    """How often a property is there, and what its values are.

    `of` is the IRI of a literal's type, of a class that the node has, or `IRI`.
    """

    of: str
    least: int = 1
    most: int = 1


IRI: Final = "IRI"
_TEXT: Final = f"{_XSD}string"
_INSTANT: Final = f"{_XSD}dateTime"
_MANY: Final = 1_000
_STATES: Final = ("ConsentGiven", "ConsentRefused", "ConsentWithdrawn")

Shape = Mapping[str, Some]
_STATUS: Final[Shape] = {
    f"{DPV}isIndicatedBy": Some(f"{DPV}DataSubject"),
    f"{DPV}isIndicatedAtTime": Some(_INSTANT),
    f"{DPV}hasDuration": Some("", 0),
    f"{DPV}hasNotice": Some(f"{DPV}ConsentNotice", 0),
}
_CONTROL: Final[Shape] = {f"{DPV}isExercisedAt": Some(IRI)}
SHAPES: Final[Mapping[str, Shape]] = {
    f"{DPV}ConsentRecord": {
        f"{_DCT}identifier": Some(_TEXT),
        f"{_DCT}conformsTo": Some(IRI),
        f"{_DCT}created": Some(_INSTANT),
        f"{DPV}hasDataSubject": Some(f"{DPV}DataSubject"),
        f"{DPV}hasProcess": Some(f"{DPV}Process"),
        f"{DPV}hasConsentStatus": Some("", 1, _MANY),
    },
    f"{DPV}DataSubject": {},
    f"{DPV}Process": {
        f"{DPV}hasDataController": Some(f"{DPV}DataController"),
        f"{DPV}hasLegalBasis": Some(IRI),
        f"{DPV}hasPurpose": Some(f"{DPV}Purpose"),
        f"{DPV}hasPersonalData": Some(f"{DPV}PersonalData", 0, _MANY),
        f"{DPV}hasConsentControl": Some(f"{DPV}WithdrawConsent"),
        f"{DPV}hasRight": Some(f"{DPV}DataSubjectRight"),
    },
    f"{DPV}DataController": {
        f"{DPV}hasName": Some(_TEXT),
        f"{_SCHEMA}url": Some(IRI),
    },
    f"{DPV}Purpose": {f"{_DCT}title": Some(_TEXT)},
    f"{DPV}PersonalData": {f"{_DCT}title": Some(_TEXT)},
    f"{DPV}WithdrawConsent": _CONTROL,
    f"{DPV}DataSubjectRight": _CONTROL,
    **{f"{DPV}{state}": _STATUS for state in _STATES},
    f"{DPV}UntilTimeDuration": {f"{_RDF}value": Some(_INSTANT)},
    f"{DPV}UntilEventDuration": {f"{_RDF}value": Some(_TEXT)},
    f"{DPV}ConsentNotice": {
        f"{_SCHEMA}version": Some(_TEXT),
        f"{_DCT}language": Some(_TEXT),
        f"{_DCT}identifier": Some(_TEXT),
    },
}
# A class beside the one that has the shape.
_BESIDE: Final = {f"{DPV}{name}" for name in ("Customer", "ExpressedConsent")} | {
    f"{DPV}ProvideConsent"
}
_WELL: Final = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z")


def faults(document: Mapping[str, Any]) -> list[str]:
    """Say where a consent record is not of its shape."""
    whole = graph(document)
    records = [node for node in whole if f"{DPV}ConsentRecord" in types(whole, node)]
    found = [] if len(records) == 1 else [f"{len(records)} consent records"]
    for node in whole:
        found += _faults_of(whole, node)
    return found


def types(whole: Graph, node: str) -> set[str]:
    """Name the classes of a node."""
    return {value["value"] for said, value in whole.get(node, ()) if said == _TYPE}


def _faults_of(whole: Graph, node: str) -> list[str]:
    shaped = types(whole, node) - _BESIDE
    if len(shaped) != 1 or not shaped <= set(SHAPES):
        return [f"{node}: of no known class, or of two: {sorted(shaped)}"]
    shape = SHAPES[shaped.pop()]
    said = [(name, value) for name, value in whole[node] if name != _TYPE]
    unknown = [f"{node}: {name} is unknown" for name, _ in said if name not in shape]
    return unknown + [
        fault
        for name, some in shape.items()
        for fault in _values(whole, f"{node} {name}", some, _said(said, name))
    ]


def _said(
    said: list[tuple[str, Mapping[str, str]]], name: str
) -> list[Mapping[str, str]]:
    return [value for each, value in said if each == name]


def _values(
    whole: Graph, where: str, some: Some, values: list[Mapping[str, str]]
) -> list[str]:
    found = [
        f"{where}: {value['value']}" for value in values if _wrong(whole, some, value)
    ]
    if not some.least <= len(values) <= some.most:
        found.append(f"{where}: {len(values)} times")
    return found


def _wrong(whole: Graph, some: Some, value: Mapping[str, str]) -> bool:
    if value["type"] == "literal":
        stated = value.get("datatype") == some.of
        return not stated or (
            some.of == _INSTANT and not _WELL.fullmatch(value["value"])
        )
    if some.of == IRI:
        return value["type"] != "IRI"
    classes = types(whole, value["value"])
    return not classes or bool(some.of and some.of not in classes)
