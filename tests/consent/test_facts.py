"""The gate's words: the SQL and its Python twin say the same, always."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import ConsentWord, UgcWord
from consent.facts import (
    CONSENT_CODE,
    CONSENT_WORDS,
    UGC_WORDS,
    consent_join,
    consent_word,
    status_code,
    status_word,
    ugc_code,
    ugc_join,
    ugc_word,
)
from kit.db import Database, connect

ANNA, IDEA, ASKED, OTHER = b"a" * 16, b"i" * 16, "ugc.advertise", "ugc.display"

QUESTION = "\n".join(
    (
        "SELECT",
        f"{CONSENT_CODE}, {ugc_code('t.ugc')}, {status_code('t.ugc')}",
        "FROM (SELECT :subject AS subject, :record AS record, :ugc AS ugc) AS t",
        consent_join("t.subject"),
        ugc_join("t.subject", "t.record"),
    )
)

moments = st.integers(0, 6)
spans = st.tuples(moments, moments)


@dataclass(frozen=True)
class Facts:
    """Rows as they could lie in the tables, sound or not."""

    consent: tuple[int, int | None] | None
    item: tuple[int, int | None] | None
    asked: dict[str, tuple[int, int]]
    other: dict[str, tuple[int, int]]


facts = st.builds(
    Facts,
    consent=st.none() | st.tuples(st.integers(-1, 9), st.none() | moments),
    item=st.none() | st.tuples(st.integers(-1, 9), st.none() | moments),
    asked=st.dictionaries(st.sampled_from(["p", "q", "r"]), spans),
    other=st.dictionaries(st.sampled_from(["p"]), spans),
)


@pytest.fixture
def connection(vault_db: Database) -> Iterator[sqlite3.Connection]:
    with closing(connect(vault_db.path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute("PRAGMA synchronous=OFF")
        yield connection


def store(connection: sqlite3.Connection, held: Facts) -> None:
    if held.consent is not None:
        connection.execute(
            "INSERT INTO consent_fact (subject, purpose, state, until, seq)"
            " VALUES (?, ?, ?, ?, 1)",
            (ANNA, ASKED, *held.consent),
        )
    if held.item is not None:
        connection.execute(
            "INSERT INTO consent_ugc (subject, record, status, until)"
            " VALUES (?, ?, ?, ?)",
            (ANNA, IDEA, *held.item),
        )
    for purpose, licences in ((ASKED, held.asked), (OTHER, held.other)):
        connection.executemany(
            "INSERT INTO consent_licence"
            " (subject, record, purpose, product, territory, since, until)"
            " VALUES (?, ?, ?, ?, 'de', ?, ?)",
            [(ANNA, IDEA, purpose, code, *span) for code, span in licences.items()],
        )


def asked(connection: sqlite3.Connection, *, now: int, ugc: bool) -> tuple[str, ...]:
    row = connection.execute(
        QUESTION,
        {"subject": ANNA, "record": IDEA, "ugc": ugc, "purpose": ASKED, "now": now},
    ).fetchone()
    return CONSENT_WORDS[row[0]], UGC_WORDS[row[1]], UGC_WORDS[row[2]]


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(held=facts, now=moments, ugc=st.booleans())
def test_the_sql_and_its_twin_say_the_same(
    *, connection: sqlite3.Connection, held: Facts, now: int, ugc: bool
) -> None:
    state, consent_until = held.consent or (None, None)
    status, item_until = held.item or (None, None)
    item = status_word(status, item_until, now, contributed=ugc)
    expected = (
        consent_word(state, consent_until, now),
        ugc_word(item, held.asked.values(), now),
        item,
    )
    connection.execute("BEGIN")
    try:
        store(connection, held)
        assert asked(connection, now=now, ugc=ugc) == expected
    finally:
        connection.execute("ROLLBACK")


def test_each_word_is_its_place_in_the_enumeration() -> None:
    assert [word.code for word in ConsentWord] == list(range(5))
    assert [word.code for word in UgcWord] == list(range(7))
    assert ConsentWord.GRANTED.code == 0
    assert UgcWord.NONE.code == 0


def test_a_contribution_without_a_row_is_unasked_and_another_record_is_none(
    connection: sqlite3.Connection,
) -> None:
    assert asked(connection, now=0, ugc=True)[1] == "unasked"
    assert asked(connection, now=0, ugc=False)[1] == "none"


def test_a_row_makes_a_contribution_whatever_the_collection_says(
    connection: sqlite3.Connection,
) -> None:
    store(connection, Facts(None, (UgcWord.WITHDRAWN.code, None), {}, {}))
    assert asked(connection, now=0, ugc=False)[1] == "withdrawn"


def test_every_look_up_goes_by_primary_key(connection: sqlite3.Connection) -> None:
    named = {"subject": ANNA, "record": IDEA, "ugc": 1, "purpose": ASKED, "now": 0}
    plan = connection.execute(f"EXPLAIN QUERY PLAN {QUESTION}", named).fetchall()
    steps = [step[3] for step in plan if step[3].split()[1] in {"f", "u", "l"}]
    assert len(steps) == 4
    assert all(step.startswith("SEARCH") for step in steps)
