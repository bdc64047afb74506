"""Bundles that an older program let through: in a home, approved, and not checked."""

import json
from collections.abc import Mapping
from contextlib import suppress

from bundles import shipped
from houses import Scenario

from pdp.bundle.bundle import CAPABILITIES, TABLES, Bundle, digest_of
from vault.orders.order_book import MirrorUnavailable

OPENS_AT_A_DATE = """

open_by_now if time.now_ns() > 1900000000000000000
"""
HOLD = "legal/hold.rego"


def clockwork() -> dict[str, str]:
    """A bundle that lists the clock among its built-ins, and opens by it."""
    texts = dict(shipped().texts)
    listed = json.loads(texts[CAPABILITIES])
    listed["builtins"].append("time.now_ns")
    texts[CAPABILITIES] = json.dumps(listed)
    return {**texts, HOLD: texts[HOLD] + OPENS_AT_A_DATE}


def shadowing() -> dict[str, str]:
    """One that lists nothing new, and calls the clock by the name of its own rule."""
    texts = dict(shipped().texts)
    return {**texts, HOLD: texts[HOLD] + OPENS_AT_A_DATE + "\ntime := 1\n"}


def unchecked(texts: Mapping[str, str]) -> Bundle:
    """Make a bundle past the loader."""
    tables, manifest = json.loads(texts[TABLES]), json.loads(texts[".manifest"])
    return Bundle(digest_of(texts), dict(sorted(texts.items())), tables, manifest)


def proposed(scenario: Scenario, texts: Mapping[str, str]) -> int:
    """Lay a bundle into a home, proposed and approved by three; gives its number."""
    bundle = unchecked(texts)
    folder = scenario.house.home.policies / bundle.digest
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    proposals = scenario.house.governing.proposals
    with scenario.house.vault_db.write() as session:
        number = proposals.propose(session, bundle.digest, by="ann", widens=True).number
        proposals.approve(session, number, by="ben")
        proposals.approve(session, number, by="cat", widening=True, reason="a test")
    return number


def put_in_force(scenario: Scenario, texts: Mapping[str, str]) -> None:
    """Have such a bundle in force, as the ledger shows; the mirror may not take it."""
    number = proposed(scenario, texts)
    with suppress(MirrorUnavailable), scenario.house.vault_db.write() as session:
        scenario.house.governing.proposals.activate(
            session, number, by="ann", showed={}
        )
