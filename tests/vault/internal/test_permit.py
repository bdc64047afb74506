"""Permits: the lock that is a type, and every way to pick it."""

import copy
import dataclasses
import pickle
from collections.abc import Callable

import pytest

from vault._internal import permit
from vault._internal.permit import MAX_RECORDS, Permit, issue

RECORD = b"r" * 16


@pytest.fixture
def one() -> Permit:
    return issue(decision_id=b"d" * 16, purpose="p", records=frozenset({RECORD}))


def test_a_permit_covers_its_records_and_no_other(one: Permit) -> None:
    assert one.covers([RECORD])
    assert not one.covers([RECORD, b"x" * 16])


def test_a_permit_ends_by_itself(one: Permit, monkeypatch: pytest.MonkeyPatch) -> None:
    later = one.expires + 0.001
    monkeypatch.setattr(permit.time, "monotonic", lambda: later)
    assert not one.covers([RECORD])


def test_a_permit_is_not_constructed(one: Permit) -> None:
    with pytest.raises(TypeError):
        Permit(b"d" * 16, "p", frozenset({RECORD}), one.expires, object())


def test_a_permit_is_not_widened_by_replace(one: Permit) -> None:
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(one, records=frozenset({RECORD, b"x" * 16}))


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_permit_is_neither_copied_nor_pickled(
    one: Permit, duplicate: Callable[[object], object]
) -> None:
    with pytest.raises(TypeError):
        duplicate(one)


def test_a_permit_is_not_changed(one: Permit) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.records = frozenset()  # type: ignore[misc] # frozen: the lock to be picked


def test_a_permit_covers_at_most_a_page() -> None:
    many = frozenset(i.to_bytes(16) for i in range(MAX_RECORDS + 1))
    with pytest.raises(ValueError, match="at most"):
        issue(decision_id=b"d" * 16, purpose="p", records=many)
