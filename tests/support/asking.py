"""One question put in every way that the gate knows, and what came of each."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from houses import Scenario

from vault import Disclosure, Question, WriteResult
from vault.gate.selection import Filter, ListQuery

# What a way of asking gave: disclosures, or what it raised.
Outcome = list[Disclosure] | Exception
WAYS = ("read", "read_async", "read_many", "list", "select", "find", "scan")


def ask(
    way: str,
    scenario: Scenario,
    question: Question,
    written: WriteResult,
    name: str = "ada",
) -> Outcome:
    """Ask for one customer's record in one of the `WAYS`."""
    try:
        return _ASK[way](scenario, question, name, written)
    except Exception as error:  # noqa: BLE001 - the outcome, whatever it is
        return error


def _read(
    scenario: Scenario, q: Question, name: str, written: WriteResult
) -> list[Disclosure]:
    return [scenario.house.gate.read(q, name, written.record)]


def _async(
    scenario: Scenario, q: Question, name: str, written: WriteResult
) -> list[Disclosure]:
    return [asyncio.run(scenario.house.gate.read_async(q, name, written.record))]


def _many(
    scenario: Scenario, q: Question, name: str, written: WriteResult
) -> list[Disclosure]:
    targets = [(name, written.record)]
    (answer,) = asyncio.run(scenario.house.gate.read_many(q, targets)).answers
    if isinstance(answer, Exception):
        raise answer
    return [answer]


def _list(
    scenario: Scenario, q: Question, name: str, _: WriteResult
) -> list[Disclosure]:
    return list(scenario.house.gate.list_records(q, name, "profile").items)


def _select(
    scenario: Scenario, q: Question, name: str, _: WriteResult
) -> list[Disclosure]:
    wish = ListQuery((Filter("name", "ne", "nobody"),), sort="name")
    return list(scenario.house.gate.list_records(q, name, "profile", wish).items)


def _find(
    scenario: Scenario, q: Question, name: str, _: WriteResult
) -> list[Disclosure]:
    address = f"{name}@example.org"
    return list(scenario.house.gate.find(q, "profile", "email", address).items)


def _scan(scenario: Scenario, q: Question, _: str, __: WriteResult) -> list[Disclosure]:
    return [
        each for page in scenario.house.gate.scan(q, "profile") for each in page.items
    ]


_ASK: dict[str, Callable[[Scenario, Question, str, WriteResult], list[Disclosure]]] = {
    "read": _read,
    "read_async": _async,
    "read_many": _many,
    "list": _list,
    "select": _select,
    "find": _find,
    "scan": _scan,
}


def disclosed(outcome: Outcome) -> bool:
    return isinstance(outcome, list) and bool(outcome)


def outcomes(scenario: Scenario, name: str = "ada") -> list[tuple[str, str]]:
    """Give what the access log says of reads about a customer: outcome, reasons."""
    return [(event.outcome, event.reasons) for event in scenario.reads(name)]


@contextmanager
def alarms() -> Iterator[list[str]]:
    """Collect the codes of the alarms that are raised in a block."""
    codes: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.levelno >= logging.ERROR:
                codes.append(getattr(record, "allod", {}).get("code", record.msg))

    ear, log = Ear(), logging.getLogger("allod")
    log.addHandler(ear)
    try:
        yield codes
    finally:
        log.removeHandler(ear)


@contextmanager
def watched_keys(scenario: Scenario) -> Iterator[list[str]]:
    """Note each opening of the strongroom and each loading of a customer's key."""
    touched: list[str] = []
    room: Any = scenario.house.gate._discloser._strongroom

    def watch(owner: Any, name: str, patch: pytest.MonkeyPatch) -> None:
        real = getattr(owner, name)

        def noted(*given: Any, **named: Any) -> Any:
            touched.append(name)
            return real(*given, **named)

        patch.setattr(owner, name, noted)

    with pytest.MonkeyPatch.context() as patch:
        watch(room, "open", patch)
        for name in ("load", "load_many", "main", "keys_of"):
            watch(room._keyring, name, patch)
        yield touched
