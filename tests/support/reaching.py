"""People of a house: who looks after whom, and how far each of them reaches."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from houses import Scenario, caring

from kit.db import Database
from kit.errors import AllodError, NotFound
from pdp.decision.question import Kind
from vault import Principal, Question, WriteResult
from vault.organisation.access_grants import AccessGrant
from vault.organisation.organisation import Post, Unit
from vault.organisation.reach import ReachArrangements

KIM = Principal(Kind.STAFF, "kim", roles=("support",))
LEE = Principal(Kind.STAFF, "lee", roles=("support",))
WHY = "a complaint that cannot wait"


def care(scenario: Scenario) -> ReachArrangements:
    return scenario.house.vault.reach


def soon(scenario: Scenario, **more: int) -> datetime:
    return scenario.clock.now() + timedelta(**(more or {"days": 1}))


def unit(scenario: Scenario, name: str, within: str | None = None) -> None:
    care(scenario).organisation.set_unit(Unit(name, "campus", within), by="ann")


def post(scenario: Scenario, name: str, staff: str = "kim", **more: int) -> None:
    held = Post(staff, name, soon(scenario, **more))
    care(scenario).organisation.post(held, by="ann")


def grant(scenario: Scenario, staff: str = "kim", **more: int) -> AccessGrant:
    return care(scenario).grants.give(
        caring("ann"),
        "ada",
        staff=staff,
        purpose="support.case",
        until=soon(scenario, **more),
        reason=WHY,
    )


def reaches(
    scenario: Scenario,
    written: WriteResult,
    principal: Principal = KIM,
    purpose: str = "support.case",
) -> bool:
    """Tell whether the record is there for somebody at all, whatever they may see."""
    try:
        scenario.read(Question(principal, purpose), "ada", written)
    except NotFound:
        return False
    except AllodError:
        return True
    return True


@contextmanager
def refusal(code: str) -> Iterator[pytest.ExceptionInfo[AllodError]]:
    """Expect a block to be refused, or to fail, with this code."""
    with pytest.raises(AllodError) as refused:
        yield refused
    assert refused.value.reason_code == code


def rows_in(database: Database, table: str) -> int:
    """Count what is in a table."""
    rows = database.reader().execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - ours
    return int(rows.fetchone()[0])
