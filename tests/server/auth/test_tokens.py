"""Tokens: shown once, kept as a hash, gone when they are gone."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from clocks import ManualClock
from minting import minting

from kit.db import Database
from kit.errors import Invalid
from pdp.decision.question import Kind
from server.auth.principals import SCOPES_OF, Bearer, Scope
from server.auth.sqlite.tokens import TokenEraser
from server.auth.tokens import MAX_LIFE, Tokens
from vault.gate.question import Principal

ANNA = b"a" * 16
DAY = timedelta(days=1)


@pytest.fixture
def tokens(vault_db: Database, clock: ManualClock) -> Tokens:
    return minting(vault_db, clock)


def _service(name: str = "shop") -> Bearer:
    principal = Principal(Kind.SERVICE, name, roles=("support",), region="eu")
    return Bearer(principal, ("support.case",), (Scope.RECORDS_READ,))


def _customer(subject: bytes | None = ANNA) -> Bearer:
    principal = Principal(Kind.CUSTOMER, "customer", subject=subject)
    return Bearer(principal, (), (Scope.OWN_READ,))


def _mint(database: Database, tokens: Tokens, bearer: Bearer) -> str:
    with database.write() as session:
        return tokens.mint(session, bearer, life=DAY)


def test_a_token_finds_its_bearer_again(vault_db: Database, tokens: Tokens) -> None:
    text = _mint(vault_db, tokens, _service())
    assert re.fullmatch(r"al_service_[A-Za-z0-9_-]{43}", text)
    assert tokens.find(text) == _service()
    assert tokens.find(_mint(vault_db, tokens, _customer())) == _customer()


def test_the_text_of_a_token_is_not_on_the_disk(
    vault_db: Database, tokens: Tokens
) -> None:
    text = _mint(vault_db, tokens, _service())
    vault_db.truncate_wal()
    kept = vault_db.path.read_bytes()
    assert b"shop" in kept
    assert text.removeprefix("al_service_").encode() not in kept


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: text.replace("service", "staff"),
        lambda text: text.replace("al_", "AL_"),
        lambda text: text[:-1] + chr(ord(text[-1]) ^ 1),
        lambda text: f" {text}",
        lambda text: f"{text}\n",
        lambda text: f"{text[:-1]}é",
    ],
)
def test_a_changed_token_is_nobodys(
    vault_db: Database, tokens: Tokens, change: Callable[[str], str]
) -> None:
    assert tokens.find(change(_mint(vault_db, tokens, _service()))) is None


def test_a_token_ends_to_the_second(
    vault_db: Database, tokens: Tokens, clock: ManualClock
) -> None:
    text = _mint(vault_db, tokens, _service())
    clock.advance(seconds=DAY.total_seconds() - 1)
    assert tokens.find(text)
    clock.advance(seconds=1)
    assert tokens.find(text) is None


def test_a_revoked_token_is_nobodys_at_once_and_the_others_stay(
    vault_db: Database, tokens: Tokens
) -> None:
    first, other = (_mint(vault_db, tokens, _service(n)) for n in ("shop", "mail"))
    with vault_db.write() as session:
        assert tokens.revoke(session, "shop") == 1
        assert tokens.revoke(session, "shop") == 0
    assert tokens.find(first) is None
    assert tokens.find(other)


def test_erasing_a_customer_takes_their_tokens_and_no_others(
    vault_db: Database, tokens: Tokens
) -> None:
    own = [_mint(vault_db, tokens, _customer()) for _ in range(2)]
    others = [
        _mint(vault_db, tokens, bearer) for bearer in (_customer(b"b" * 16), _service())
    ]
    with vault_db.write() as session:
        assert TokenEraser().purge(session, ANNA) == 2
    assert not any(map(tokens.find, own))
    assert all(map(tokens.find, others))


def test_tokens_are_listed_without_their_texts(
    vault_db: Database, tokens: Tokens, clock: ManualClock
) -> None:
    text = _mint(vault_db, tokens, _service())
    with vault_db.read() as session:
        [info] = tokens.list(session)
    assert info.bearer == _service()
    assert (info.created, info.expires) == (clock.now(), clock.now() + DAY)
    assert info.revoked is None
    assert text.removeprefix("al_service_") not in repr(info)


@pytest.mark.parametrize(
    ("bearer", "life", "pointer"),
    [
        (_service(""), DAY, "/name"),
        (_customer(None), DAY, "/subject"),
        (
            Bearer(Principal(Kind.SERVICE, "shop", subject=ANNA), (), ()),
            DAY,
            "/subject",
        ),
        (
            Bearer(Principal(Kind.SERVICE, "shop"), (), (Scope.OWN_ERASE,)),
            DAY,
            "/scopes",
        ),
        (_service(), timedelta(0), "/life"),
        (_service(), -DAY, "/life"),
        (_service(), MAX_LIFE + DAY, "/life"),
    ],
)
def test_a_token_that_should_not_be_is_not_made(
    vault_db: Database, tokens: Tokens, bearer: Bearer, life: timedelta, pointer: str
) -> None:
    with vault_db.write() as session, pytest.raises(Invalid) as refusal:
        tokens.mint(session, bearer, life=life)
    assert [fault.pointer for fault in refusal.value.faults] == [pointer]


def test_each_kind_has_scopes_and_only_customers_have_their_own() -> None:
    assert set(SCOPES_OF) == set(Kind)
    assert set(Scope) == frozenset().union(*SCOPES_OF.values())
    own = {scope for scope in Scope if scope.startswith("own:")}
    assert SCOPES_OF[Kind.CUSTOMER] == own
    assert not own & (SCOPES_OF[Kind.SERVICE] | SCOPES_OF[Kind.STAFF])
