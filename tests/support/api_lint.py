"""The rules of an OpenAPI document that linters recommend beside the standard.

They are those of Redocly's recommended set that can fail here (the version that this
was compared with is 2.77), in Python, so that no check waits for another ecosystem.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Final

from jsonschema import Draft202012Validator

Document = Mapping[str, Any]

_METHODS: Final = frozenset({"get", "put", "post", "delete", "patch", "head"})
_PARAMETER: Final = re.compile(r"{([^}]*)}")
_DEFAULT: Final = "default"


def findings(document: Document) -> list[str]:
    """Say what a linter would say of a document."""
    return [
        *_of_the_whole(document),
        *(each for name, one in operations(document) for each in _of(name, one)),
        *_ambiguous(document),
        *_unused(document),
        *examples_amiss(document),
    ]


def operations(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give each operation by method and path."""
    for path, methods in document["paths"].items():
        for method in sorted(methods.keys() & _METHODS):
            yield f"{method.upper()} {path}", methods[method]


def examples_amiss(document: Document) -> Iterator[str]:
    """Name the examples that are not what their own schema says."""
    for name, schema in document["components"]["schemas"].items():
        for shown in schema.get("examples", ()):
            yield from _not_so(document, name, schema, shown)
    for name, operation in operations(document):
        for said in _media(operation):
            if "example" in said and "schema" in said:
                yield from _not_so(document, name, said["schema"], said["example"])


def _not_so(
    document: Document, name: str, schema: Mapping[str, Any], shown: Any
) -> Iterator[str]:
    whole = {**schema, "components": document["components"]}
    faults = list(Draft202012Validator(whole).iter_errors(shown))
    if faults:
        yield f"{name}: an example is not so: {faults[0].message[:80]}"


def _media(operation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from operation.get("parameters", ())
    answers = [each for each in operation["responses"].values() if "content" in each]
    for each in (operation.get("requestBody", {}), *answers):
        yield from each.get("content", {}).values()


def _of_the_whole(document: Document) -> Iterator[str]:
    if not document.get("servers"):
        yield "no servers"
    licence = document["info"].get("license", {})
    if not licence.get("identifier") and not licence.get("url"):
        yield "no license, or none that can be found"


def _of(name: str, operation: Mapping[str, Any]) -> Iterator[str]:
    if not operation.get("summary"):
        yield f"{name}: no summary"
    if "security" not in operation:
        yield f"{name}: does not say who may call it"
    codes = operation["responses"]
    for first, kind in (("2", "success"), ("4", "refusal")):
        if not any(each.startswith(first) for each in codes) and _DEFAULT not in codes:
            yield f"{name}: no {kind}"
    told = {each["name"] for each in operation.get("parameters", ()) if _in_path(each)}
    if told != set(_PARAMETER.findall(name)):
        yield f"{name}: its path has other parameters than are described"


def _in_path(parameter: Mapping[str, Any]) -> bool:
    return bool(parameter["in"] == "path")


def _ambiguous(document: Document) -> Iterator[str]:
    """Name pairs of paths of which one address may mean either."""
    for one, other in combinations(document["paths"], 2):
        parts = list(zip(one.split("/"), other.split("/"), strict=False))
        same_length = one.count("/") == other.count("/")
        if same_length and all(_alike(*pair) for pair in parts) and _crossed(parts):
            yield f"{one} and {other} are ambiguous"


def _alike(one: str, other: str) -> bool:
    return one == other or "{" in one or "{" in other


def _crossed(parts: list[tuple[str, str]]) -> bool:
    """Tell whether neither path is the more particular one throughout."""
    first = any("{" in one and "{" not in other for one, other in parts)
    second = any("{" in other and "{" not in one for one, other in parts)
    return first == second


def _unused(document: Document) -> Iterator[str]:
    used = set(_references(document))
    for kind in document["components"].keys() - {"securitySchemes"}:
        for name in document["components"][kind]:
            if f"#/components/{kind}/{name}" not in used:
                yield f"{kind}/{name} is used nowhere"


def _references(value: Any) -> Iterator[str]:
    below = value.values() if isinstance(value, Mapping) else value
    if isinstance(value, Mapping) and isinstance(value.get("$ref"), str):
        yield value["$ref"]
    if isinstance(value, (Mapping, list)):
        for each in below:
            yield from _references(each)
