"""Each word of a question has a way in through a face, and an effect on what is told.

The words are those of the question document and of the tables in force: a new one
without a way fails here, and so does a rule of law that no way makes fire. What has
none says why.
"""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from enum import StrEnum
from typing import Final

import pytest
import pytest_asyncio
from bundles import shipped
from callers import calling
from clocks import ManualClock
from houses import opened, settle
from operations import operations
from question_ways import WAYS
from question_world import Heard, Told, World
from recatalogued import accept, rewrite
from right_ways import RIGHTS

from pdp.decision.question import (
    Action,
    Basis,
    Consent,
    CustomerState,
    Kind,
    Minor,
    Reach,
    Retention,
    Ugc,
)
from pdp.engines.regorus import RegorusEngine

ENUMERATIONS: Final[dict[str, type[StrEnum]]] = {
    "action": Action,
    "principal.kind": Kind,
    "reach": Reach,
    "state": CustomerState,
    "minor": Minor,
    "retention": Retention,
    "basis": Basis,
    "consent": Consent,
    "ugc": Ugc,
}
# A collection of a special category alone, as a house may keep one.
ALLERGIES: Final = """\
  allergy:
    title: What the customer must not eat
    schema: 1
    retention: none
    purposes:
      self.access: legal_obligation
      self.export: legal_obligation
      support.case: contract
      legal.claims: legitimate_interests
    fields:
      substance: {type: string, class: special, required: true, max: 200}
"""
# Of the question, and counted by an engine in a process of its own.
COUNTED: Final = {
    "action=aggregate",
    "principal.kind=auditor",
    "principal.roles=auditor",
}
NO_WAY: Final = {
    "state=erased": "whoever is erased is not found, before anything is asked",
    "basis=vital_interests": "no collection of the shipped catalogue is bound to it",
    "basis=public_task": "no collection of the shipped catalogue is bound to it",
    "principal.roles=operator": "a command has it, and no token; see test_cli.py",
}
# What a person does of their own accord, and which word or test shows the effect.
SHOWN_AS: Final = {
    ("POST", "/v1/me/contributions"): "ugc=unasked",
    ("PUT", "/v1/me/contributions/{record_id}/authorization"): "ugc=granted",
    ("DELETE", "/v1/me/contributions/{record_id}/authorization"): "ugc=withdrawn",
    ("PUT", "/v1/me/contributions/{record_id}/restriction"): "ugc=restricted",
    ("DELETE", "/v1/me/contributions/{record_id}/restriction"): "ugc=withdrawn",
    ("PUT", "/v1/me/consents/{purpose}"): "consent=granted",
    ("POST", "/v1/me/exports"): "action=export",
}
NO_QUESTION: Final = {
    "state.erased": "whoever is erased is not found, before anything is asked",
    "special.consent": "a legal claim alone shows what is special, and asks no consent",
    "self.not_own": "the routes of a customer name no other customer",
}


class Lived:
    """What was told on each way, and what the engine heard on all of them."""

    def __init__(self, told: dict[str, tuple[Told, Told]], heard: Heard) -> None:
        self.told = told
        self.heard = heard
        self.rights: dict[tuple[str, str], tuple[Told, Told]] = {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Lived]:
    heard = Heard(RegorusEngine(shipped(), deadline=timedelta(seconds=10)))
    home = tmp_path_factory.mktemp("words") / "home"
    clock = ManualClock()
    settle(home, clock)
    rewrite(home, ("collections:\n", f"collections:\n{ALLERGIES}"))
    accept(home, clock)
    with opened(home, clock, heard) as scenario:
        async with calling(scenario) as callers:
            world = World(callers, heard)
            lived = Lived({word: await way(world) for word, way in WAYS.items()}, heard)
            lived.rights = {right: await way(world) for right, way in RIGHTS.items()}
            yield lived


def words() -> set[str]:
    tables = shipped().tables
    found = {f"{key}={each}" for key, kind in ENUMERATIONS.items() for each in kind}
    found |= {f"principal.roles={each}" for each in tables["roles"]}
    for region in tables["residency"]:
        found |= {f"region={region}", f"principal.region={region}"}
    return found | {"hold=true", "hold=false"}


def codes() -> set[str]:
    rules = "".join(
        text for path, text in shipped().modules.items() if path.startswith("legal/")
    )
    return set(re.findall(r'"code": "([a-z_.]+)"', rules))


def test_every_word_has_a_way_or_says_why_not() -> None:
    assert words() - NO_WAY.keys() <= WAYS.keys()
    assert not NO_WAY.keys() & WAYS.keys()


@pytest.mark.asyncio(loop_scope="module")
async def test_each_word_comes_to_the_policies_and_changes_what_is_told(
    lived: Lived,
) -> None:
    without_effect = [
        word for word, (before, after) in lived.told.items() if before == after
    ]
    assert without_effect == []
    assert words() - NO_WAY.keys() - COUNTED <= lived.heard.words


def test_whatever_a_person_may_do_has_its_way() -> None:
    own = {
        (method, path)
        for method, path in operations()
        if path.startswith("/v1/me/") and method not in {"GET", "HEAD"}
    }
    assert own <= RIGHTS.keys() | SHOWN_AS.keys()
    assert RIGHTS.keys() | SHOWN_AS.keys() <= set(operations())
    assert set(SHOWN_AS.values()) <= WAYS.keys()


@pytest.mark.asyncio(loop_scope="module")
async def test_each_right_that_is_used_changes_what_is_told(lived: Lived) -> None:
    idle = [right for right, (before, after) in lived.rights.items() if before == after]
    assert idle == []


@pytest.mark.asyncio(loop_scope="module")
async def test_every_rule_of_law_fires_for_somebody_at_a_face(lived: Lived) -> None:
    assert codes() - lived.heard.codes == NO_QUESTION.keys()


@pytest.mark.asyncio(loop_scope="module")
async def test_every_package_of_the_law_is_asked(lived: Lived) -> None:
    packages = shipped().manifest["metadata"]["packages"]
    silent = [
        name
        for name, path in packages.items()
        if path.startswith("legal/")
        and not set(re.findall(r'"code": "([a-z_.]+)"', shipped().modules[path]))
        & lived.heard.codes
    ]
    assert silent == []
