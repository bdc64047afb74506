"""The strongroom, and every way to be let in without leave."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from houses import Scenario

from kit.db import raw
from kit.errors import Damaged
from vault._internal.permit import LIFE_SECONDS, Permit, issue
from vault._internal.ports.records import ReadContext, SealedRow
from vault._internal.strongroom import Section, Strongroom
from vault.intake.sealing import Place, seal_parts

PROFILE = Section(
    "profile",
    ("contact", "identity"),
    ("main", "contact"),
    whole=False,
    declared={"name": "identity", "email": "contact", "phone": "contact"},
)
ASKED = ReadContext("support.case", 0, "in_scope")


@dataclass(frozen=True)
class Lookalike:
    """Says yes to everything."""

    records: frozenset[bytes]
    purpose: str = "support.case"
    decision_id: bytes = bytes(16)
    expires: float = 9e9

    def covers(self, records: object) -> bool:
        return True


@pytest.fixture
def room(scenario: Scenario) -> Strongroom:
    return scenario.house.gate._discloser._strongroom


@pytest.fixture
def rows(scenario: Scenario) -> list[SealedRow]:
    for name in ("ada", "bob"):
        scenario.customer(name)
    return [
        _row(scenario, name, scenario.profile(name).record) for name in ("ada", "bob")
    ]


@pytest.fixture
def loaded(
    room: Strongroom, monkeypatch: pytest.MonkeyPatch
) -> list[tuple[bytes, bytes]]:
    """Record every key that the strongroom asks for."""
    asked: list[tuple[bytes, bytes]] = []
    load = room._keyring.load_many

    def spied(wanted: Iterable[tuple[bytes, bytes]], *, bulk: bool) -> object:
        pairs = list(wanted)
        asked.extend(pairs)
        return load(pairs, bulk=bulk)

    monkeypatch.setattr(room._keyring, "load_many", spied)
    return asked


def _row(scenario: Scenario, name: str, record: bytes) -> SealedRow:
    row = scenario.house.gate._records.point(ASKED, scenario.subject(name), record)
    assert row is not None
    return row


def _permit(*rows: SealedRow) -> Permit:
    records = frozenset(row.record for row in rows)
    return issue(decision_id=bytes(16), purpose="support.case", records=records)


def _open(room: Strongroom, permit: Any, rows: Sequence[SealedRow]) -> list[Any]:
    return list(room.open(permit, rows, {row.k: PROFILE for row in rows}))


def test_a_permit_opens_what_it_covers(room: Strongroom, rows: list[SealedRow]) -> None:
    opened = _open(room, _permit(*rows), rows)
    assert [each["email"] for each in opened] == ["ada@example.org", "bob@example.org"]


@pytest.mark.parametrize(
    "permit",
    [None, True, 1, "permit", object(), frozenset(), Permit],
    ids=lambda permit: type(permit).__name__,
)
def test_what_is_no_permit_opens_nothing(
    room: Strongroom,
    rows: list[SealedRow],
    loaded: list[tuple[bytes, bytes]],
    permit: object,
) -> None:
    with pytest.raises(TypeError):
        _open(room, permit, rows)
    assert loaded == []


def test_what_only_looks_like_a_permit_opens_nothing(
    room: Strongroom, rows: list[SealedRow], loaded: list[tuple[bytes, bytes]]
) -> None:
    with pytest.raises(TypeError):
        _open(room, Lookalike(frozenset(row.record for row in rows)), rows)
    assert loaded == []


def test_a_child_of_the_permits_class_opens_nothing(
    room: Strongroom, rows: list[SealedRow]
) -> None:
    class Wide(Permit):  # type: ignore[misc] # final: that is the lock to be picked
        def covers(self, records: object) -> bool:
            return True

    wide = object.__new__(Wide)
    with pytest.raises(TypeError):
        _open(room, wide, rows)


def test_a_permit_for_fewer_records_opens_none_of_them(
    room: Strongroom, rows: list[SealedRow], loaded: list[tuple[bytes, bytes]]
) -> None:
    with pytest.raises(PermissionError):
        _open(room, _permit(rows[0]), rows)
    assert loaded == []


def test_a_permit_whose_time_is_over_opens_nothing(
    room: Strongroom,
    rows: list[SealedRow],
    loaded: list[tuple[bytes, bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    permit = _permit(*rows)
    late = time.monotonic() + LIFE_SECONDS + 1
    monkeypatch.setattr("vault._internal.permit.time.monotonic", lambda: late)
    with pytest.raises(PermissionError):
        _open(room, permit, rows)
    assert loaded == []


def test_a_permit_for_nothing_opens_nothing(
    room: Strongroom, rows: list[SealedRow]
) -> None:
    with pytest.raises(PermissionError):
        _open(room, _permit(), rows[:1])


def test_an_emptied_permit_opens_nothing(
    room: Strongroom, rows: list[SealedRow]
) -> None:
    with pytest.raises((TypeError, AttributeError)):
        _open(room, object.__new__(Permit), rows)


@pytest.mark.parametrize("turn", [1, -1], ids=["forwards", "backwards"])
def test_a_row_moved_to_another_customer_does_not_open_and_its_own_beside_it_does(
    room: Strongroom, rows: list[SealedRow], turn: int
) -> None:
    ada, bob = rows
    moved = ada._replace(subject=bob.subject)
    opened = _open(room, _permit(ada, moved), [ada, moved][::turn])[::turn]
    assert opened[0]["email"] == "ada@example.org"
    assert isinstance(opened[1], Damaged)


def test_a_part_moved_to_another_customer_does_not_open(
    scenario: Scenario, room: Strongroom, rows: list[SealedRow]
) -> None:
    ada, bob = rows
    with scenario.house.vault_db.write() as session:
        raw(session).execute(
            "UPDATE vault_part SET sealed = (SELECT sealed FROM vault_part"
            " WHERE subject = ?) WHERE subject = ?",
            (ada.subject, bob.subject),
        )
    bob = _row(scenario, "bob", bob.record)
    opened = _open(room, _permit(ada, bob), [ada, bob])
    assert opened[0]["email"] == "ada@example.org"
    assert isinstance(opened[1], Damaged)


def test_a_part_that_nobody_asked_for_is_not_opened(
    room: Strongroom, rows: list[SealedRow]
) -> None:
    ada = rows[0]
    (opened,) = room.open(
        _permit(ada), [ada], {ada.k: replace(PROFILE, parts=("main",))}
    )
    assert opened == {"name": "Ada Example"}


@pytest.mark.parametrize(
    ("held", "fault"),
    [
        ({"email": "b@example.org"}, False),
        ({"nickname": "Bo"}, False),  # of no class: it is not given to others
        ({"email": "b@example.org", "name": "Mallory"}, True),
    ],
    ids=["its own", "undeclared", "another class's"],
)
def test_a_part_sets_what_is_of_its_class_alone(
    scenario: Scenario,
    room: Strongroom,
    rows: list[SealedRow],
    held: dict[str, str],
    fault: bool,  # noqa: FBT001 - a case
) -> None:
    ada = rows[0]
    keys = room._keyring.main(ada.subject)
    place = Place("profile", ada.record, ada.version, ada.schema)
    known = (PROFILE.classes, None, 0)
    # As only the program itself could seal it.
    sealed = seal_parts(
        keys, {"main": {}, "contact": held}, place=place, known=known, bucket=256
    )
    with scenario.house.vault_db.write() as session:
        raw(session).execute(
            "UPDATE vault_record SET sealed = ? WHERE record = ?",
            (sealed["main"], ada.record),
        )
        raw(session).execute(
            "UPDATE vault_part SET sealed = ? WHERE record = ?",
            (sealed["contact"], ada.record),
        )
    ada = _row(scenario, "ada", ada.record)
    (opened,) = _open(room, _permit(ada), [ada])
    assert isinstance(opened, Damaged) is fault
    if not fault:
        assert opened == held
