"""The fail-closed list again, on the real engine with policies that are broken.

A house is made and lived in under the policies as shipped; then a damaged bundle is
put in force, as an activation would, and the house is opened with it.
"""

import os
import shutil
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from asking import WAYS, alarms, ask, disclosed, outcomes, watched_keys
from bundles import (
    BROKEN_DECISIONS,
    ENDLESS,
    GATE,
    changed,
    replaced,
    shipped,
    unlisted,
    without,
)
from by_hand import vouched
from clocks import ManualClock
from engines import FakeEngine, refusing
from houses import CASE, SUPPORT, Scenario, lived_in, opened
from reaching import KIM

from kit.db import Database, raw
from kit.errors import AllodError, CannotStart, NotFound, Unavailable
from kit.home import Home
from kit.settings import Settings
from pdp.bundle.bundle import Bundle, install
from pdp.change.active import activate
from pdp.engines.regorus import RegorusEngine
from server.house.wiring import open_house
from vault import Item, Wanted, WriteResult
from vault.gate.verdict_plans import MAX_CLASSES

MANY = MAX_CLASSES + 1
SOON = timedelta(milliseconds=200)
PATIENT = timedelta(seconds=10)  # so that a busy machine is not taken for a slow rule
BROKEN = {
    "a rule that is not there": (
        changed(GATE, "decisions := [", "verdicts := ["),
        "gate.engine_error",
    ),
    "a whole answer that is undefined": (
        changed(GATE, "decisions := [", "decisions := input.never\n\nrest := ["),
        "gate.undefined",
    ),
    "a decision that is undefined for an item": (
        changed(GATE, "} if allow\n", "} if input.nothing\n"),
        "gate.batch_length",
    ),
    **BROKEN_DECISIONS,
    "a package that says nothing of itself": (
        changed("legal/consent.rego", "installed := true\n", ""),
        "gate.not_intact",
    ),
    "a rule that takes too long": (
        replaced("legal/hold.rego", ENDLESS),
        "gate.timeout",
    ),
}


@dataclass(frozen=True)
class Lived:
    """A home in which somebody has a profile."""

    home: Path
    clock: ManualClock
    profile: WriteResult


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    home, clock = tmp_path_factory.mktemp("template") / "home", ManualClock()
    with lived_in(home, clock) as scenario:
        scenario.customer()
        return Lived(home, clock, scenario.profile())


@pytest.fixture
def lived(template: Lived, tmp_path: Path) -> Lived:
    home = shutil.copytree(template.home, tmp_path / "home")
    return Lived(Path(home), template.clock, template.profile)


@contextmanager
def _ruled(
    lived: Lived, bundle: Bundle, deadline: timedelta = PATIENT
) -> Iterator[tuple[Scenario, RegorusEngine]]:
    """Open a home under a bundle; gives its engine too."""
    if bundle != shipped():
        with opened(lived.home, lived.clock, FakeEngine()) as scenario:
            scenario.put_in_force(bundle)
    engine = RegorusEngine(bundle, deadline=deadline)
    with opened(lived.home, lived.clock, engine) as scenario:
        yield scenario, engine


def _expect_denied(scenario: Scenario, lived: Lived, way: str, code: str) -> None:
    before = len(outcomes(scenario))
    with watched_keys(scenario) as touched, alarms() as raised:
        outcome = ask(way, scenario, CASE, lived.profile)
    assert not disclosed(outcome)
    assert (touched, raised) == ([], [code])
    assert outcomes(scenario)[before:] == [("refused", code)]
    if way not in {"find", "scan"}:
        assert isinstance(outcome, Unavailable)
        assert outcome.reason_code == code


@pytest.mark.parametrize("failure", BROKEN)
def test_nothing_is_disclosed_under_policies_with(lived: Lived, failure: str) -> None:
    bundle, code = BROKEN[failure]
    deadline = SOON if code == "gate.timeout" else PATIENT
    with _ruled(lived, bundle, deadline) as (scenario, _):
        for way in WAYS:
            _expect_denied(scenario, lived, way, code)


def test_the_policies_as_shipped_disclose(lived: Lived) -> None:
    with _ruled(lived, shipped()) as (scenario, _):
        for way in set(WAYS) - {"find"}:  # the address is masked for support
            assert disclosed(ask(way, scenario, CASE, lived.profile))


def test_a_child_that_is_killed_over_a_question_discloses_nothing(
    lived: Lived,
) -> None:
    bundle = replaced("legal/hold.rego", ENDLESS)
    with _ruled(lived, bundle, PATIENT) as (scenario, engine):
        engine.revision()
        assert engine.pid is not None
        killer = threading.Timer(0.2, os.kill, (engine.pid, signal.SIGKILL))
        killer.start()
        _expect_denied(scenario, lived, "read", "gate.child_died")
        killer.join()


def test_a_child_that_hangs_discloses_nothing_and_the_next_one_answers(
    lived: Lived,
) -> None:
    with opened(lived.home, lived.clock) as scenario:
        engine = scenario.house.pdp._engine
        assert isinstance(engine, RegorusEngine)
        engine.revision()
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGSTOP)
        _expect_denied(scenario, lived, "list", "gate.timeout")
        assert disclosed(ask("list", scenario, CASE, lived.profile))


def test_an_engine_that_has_loaded_another_bundle_discloses_nothing(
    lived: Lived,
) -> None:
    engine = RegorusEngine(changed("README.md", "#", "##"), deadline=PATIENT)
    with opened(lived.home, lived.clock, engine) as scenario:
        for way in WAYS:
            _expect_denied(scenario, lived, way, "gate.revision_mismatch")


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE vault_record_class SET classes = '[\"aura\"]'", "gate.unknown_class"),
        ("UPDATE vault_customer_class SET region = 'mu'", "gate.unknown_region"),
        ("UPDATE vault_customer_class SET state = 'limbo'", "gate.unknown_word"),
        ("UPDATE vault_customer_class SET minor = 'maybe'", "gate.unknown_word"),
        ("UPDATE vault_record_class SET collection = 'aura'", "gate.unknown_word"),
    ],
    ids=["class", "region", "state", "minor", "collection"],
)
def test_a_word_that_nobody_knows_discloses_nothing(
    lived: Lived, statement: str, code: str
) -> None:
    with opened(lived.home, lived.clock) as scenario:
        vouched(scenario, statement)
    with opened(lived.home, lived.clock) as scenario:
        for way in ("read", "read_async", "read_many"):
            _expect_denied(scenario, lived, way, code)


@pytest.mark.parametrize("way", ["read", "list", "write", "replace"])
def test_who_reaches_nobody_is_not_told_of_a_word_that_nobody_knows(
    lived: Lived, way: str
) -> None:
    with opened(lived.home, lived.clock) as scenario:
        vouched(scenario, "UPDATE vault_customer_class SET minor = 'maybe'")
    with opened(lived.home, lived.clock) as scenario:
        house, values = scenario.house, {"name": "Ada"}
        asked = replace(CASE, principal=KIM)
        record = lived.profile.record
        over = Wanted("ada", Item("profile", values), record, 1)
        ways = {
            "read": lambda: house.gate.read(asked, "ada", record),
            "list": lambda: house.gate.list_records(asked, "ada", "profile"),
            "write": lambda: house.intake.put(asked, "ada", Item("profile", values)),
            "replace": lambda: raised(house.intake.put_many(asked, [over])),
        }
        with pytest.raises(NotFound):
            ways[way]()


def raised(outcomes: Sequence[object]) -> None:
    for each in outcomes:
        if isinstance(each, AllodError):
            raise each


def test_a_principal_whose_words_nobody_knows_is_told_nothing(lived: Lived) -> None:
    with opened(lived.home, lived.clock) as scenario:
        for principal, code in [
            (replace(SUPPORT, roles=("wizard",)), "gate.unknown_role"),
            (replace(SUPPORT, region="mu"), "gate.unknown_caller_region"),
        ]:
            stranger = replace(CASE, principal=principal)
            with watched_keys(scenario) as touched:
                outcome = ask("read", scenario, stranger, lived.profile)
            assert isinstance(outcome, Unavailable)
            assert (outcome.reason_code, touched) == (code, [])


def test_more_than_twenty_thousand_classes_are_refused(lived: Lived) -> None:
    database = Database(Home(lived.home).vault_db)
    with database.write() as session:
        connection = raw(session)
        connection.executemany(
            "INSERT INTO vault_customer_class VALUES (?, ?, 'active', 'no', NULL)",
            [(number, f"r{number}") for number in range(100, 100 + MANY)],
        )
        ids = [(number.to_bytes(16), number) for number in range(100, 100 + MANY)]
        connection.executemany("INSERT INTO vault_subject VALUES (?, ?, 1, NULL)", ids)
        (profile,) = connection.execute("SELECT * FROM vault_record").fetchall()
        connection.executemany(
            "INSERT INTO vault_record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(subject, *profile[1:]) for subject, _ in ids],
        )
    database.close()
    with opened(lived.home, lived.clock) as scenario:
        vouched(scenario)
    engine = FakeEngine(refusing(), revision=shipped().digest)
    with opened(lived.home, lived.clock, engine) as scenario, alarms() as raised:
        reasons: list[tuple[str, ...]] = []
        with pytest.raises(Unavailable) as refusal:
            reasons.extend(p.reasons for p in scenario.house.gate.scan(CASE, "profile"))
    assert set(reasons) == {("consent.missing",)}
    assert refusal.value.reason_code == "gate.too_many_classes"
    assert set(raised) == {"gate.too_many_classes"}


@pytest.mark.parametrize(
    ("texts", "digest"),
    [
        ({}, None),
        (without(".manifest"), None),
        (without("tables/data.json"), None),
        (without("legal/consent.rego"), None),
        (dict(shipped().texts), "0" * 64),
        (dict(changed("README.md", "#", "##").texts), None),
    ],
    ids=["empty", "unlisted", "tables absent", "incomplete", "unpinned", "another"],
)
def test_a_house_does_not_open_under_a_bundle_that_is_not_whole(
    lived: Lived, texts: dict[str, str], digest: str | None
) -> None:
    policies = Home(lived.home).policies
    folder = policies / (digest or shipped().digest)
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    if digest is not None:
        database = Database(Home(lived.home).vault_db)
        with database.write() as session:
            activate(session, digest=digest, at=0, entry=0)
        database.close()
    with (
        pytest.raises(CannotStart) as refusal,
        open_house(Settings(home=lived.home), clock=lived.clock),
    ):
        pass
    assert refusal.value.fix


def test_a_house_does_not_open_where_a_rule_file_was_unlisted_too(
    lived: Lived,
) -> None:
    path = "legal/consent.rego"
    bundle = unlisted(without(path), path)
    home = Home(lived.home)
    install(bundle, home.policies)
    database = Database(home.vault_db)
    with database.write() as session:
        activate(session, digest=bundle.digest, at=0, entry=0)
    database.close()
    with (
        pytest.raises(CannotStart, match="canary") as refusal,
        open_house(Settings(home=lived.home), clock=lived.clock),
    ):
        pass
    assert refusal.value.fix
