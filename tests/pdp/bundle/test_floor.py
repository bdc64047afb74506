"""What a bundle holds, or is refused, is the program's to say and not the bundle's."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from bundles import shipped, unlisted_texts, without
from smuggled import clockwork

from pdp.bundle.builtins import ALLOWED, ALLOWED_BY_REASON, NEVER
from pdp.bundle.bundle import CAPABILITIES, MANIFEST, TABLES, BundleError, from_texts
from pdp.bundle.floor import PACKAGES
from pdp.decision.decision import MASK_ORDER

Edit = Callable[[dict[str, Any]], object]


def refused(path: str, edit: Edit) -> BundleError:
    document = json.loads(shipped().texts[path])
    edit(document)
    with pytest.raises(BundleError) as caught:
        from_texts({**shipped().texts, path: json.dumps(document, indent=1)})
    assert caught.value.fix
    assert caught.value.file == path
    return caught.value


@pytest.mark.parametrize(
    "name",
    [
        *("time.now_ns", "time.parse_rfc3339_ns", "http.send", "opa.runtime"),
        *("rand.intn", "uuid.rfc4122", "net.lookup_ip_addr", "io.jwt.decode_verify"),
        *("trace", "print", "regex.match", "walk", "no.such", "", 7, None),
    ],
)
def test_a_bundle_cannot_list_a_built_in_of_its_own(name: object) -> None:
    error = refused(CAPABILITIES, lambda it: it["builtins"].append(name))

    assert error.line == 2 + len(ALLOWED) + 1
    assert "count" in error.fix


def test_a_rule_that_opens_at_a_date_is_refused_with_the_list_that_allows_it() -> None:
    with pytest.raises(BundleError, match=r"`time\.now_ns` reads a clock"):
        from_texts(clockwork())


def test_a_bundle_may_list_fewer() -> None:
    fewer = json.dumps({"builtins": ["count"]})

    assert from_texts({**shipped().texts, CAPABILITIES: fewer}).builtins == {"count"}


def test_what_ships_lists_what_the_program_allows() -> None:
    assert shipped().builtins == ALLOWED
    assert all(ALLOWED_BY_REASON)
    assert not {name.partition(".")[0] for name in ALLOWED} & NEVER.keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_bundle_cannot_leave_a_package_out(package: str) -> None:
    with pytest.raises(BundleError, match=package.replace(".", r"\.")):
        from_texts(unlisted_texts(without(PACKAGES[package]), PACKAGES[package]))


def packages(**listed: str) -> Edit:
    return lambda it: it["metadata"]["packages"].update(
        {name.replace("__", "."): path for name, path in listed.items()}
    )


@pytest.mark.parametrize(
    "edit",
    [
        lambda it: it["metadata"].update(packages={}),
        lambda it: it["metadata"].update(packages={"allod.gate": "gate/gate.rego"}),
        packages(allod__legal__ugc="legal/consent.rego"),
        packages(system__authz="legal/ugc.rego"),
        packages(system__log="gate/gate.rego"),
        lambda it: it.update(roots=[""]),
        lambda it: it.update(roots=["allod"]),
        lambda it: it.update(roots=["allod", "tables", "system"]),
        lambda it: it.pop("roots"),
        lambda it: it.update(rego_version=0),
        lambda it: it.update(rego_version=True),
    ],
)
def test_a_manifest_does_not_choose_what_is_whole(edit: Edit) -> None:
    refused(MANIFEST, edit)


def test_a_bundle_may_add_a_package_of_law() -> None:
    manifest = json.loads(shipped().texts[MANIFEST])
    manifest["metadata"]["packages"]["allod.legal.more"] = "legal/more.rego"
    texts = {**shipped().texts, MANIFEST: json.dumps(manifest)}
    more = "package allod.legal.more\n\ninstalled := true\n"

    assert "legal/more.rego" in from_texts({**texts, "legal/more.rego": more}).modules


@pytest.mark.parametrize(
    "order",
    [
        ["drop", "clear"],
        ["clear", "drop"],
        [MASK_ORDER[1], MASK_ORDER[0], *MASK_ORDER[2:]],
        "clear",
    ],
)
def test_a_bundle_does_not_choose_which_mask_is_the_stricter(order: object) -> None:
    error = refused(TABLES, lambda it: it.update(mask_order=order))

    assert json.dumps(MASK_ORDER) in error.fix
