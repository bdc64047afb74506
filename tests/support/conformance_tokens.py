"""What every store of tokens does, tried on whatever makes one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, TypeAlias

import pytest

from kit.db import ReadSession, WriteSession
from server.auth.token_store import TokenState, TokenStore


@dataclass(frozen=True, slots=True)
class Tokened:
    """A store without tokens, its unit of work, and its snapshot."""

    tokens: TokenStore
    write: Callable[[], AbstractContextManager[WriteSession]]
    read: Callable[[], AbstractContextManager[ReadSession]]

    def keep(self, *states: TokenState) -> None:
        """Keep tokens in a unit of work of their own."""
        with self.write() as session:
            for state in states:
                self.tokens.keep(session, state)

    def listed(self) -> list[TokenState]:
        """List what is committed."""
        with self.read() as session:
            return self.tokens.listed(session)

    def by_hand(self, statement: str) -> None:
        """Change rows as somebody does who has the file."""
        with self.write() as session:
            session.connection().exec_driver_sql(statement)


MakeTokens: TypeAlias = Callable[[], Tokened]


class _Undone(Exception):
    """Undoes a unit of work."""


def _token(number: int, name: str = "shop", revoked: int | None = None) -> TokenState:
    return TokenState(
        hash=bytes([number] * 32),
        kind="service",
        name=name,
        subject=None,
        roles="support",
        purposes="support.case",
        scopes="records.read",
        region="eu",
        assurance=1,
        created=number * 10,
        expires=100,
        revoked=revoked,
        version=1,
    )


def a_token_lives_until_it_is_over_or_revoked(make: MakeTokens) -> None:
    opened, token = make(), _token(1)
    tokens = opened.tokens
    opened.keep(token, _token(2, revoked=30))
    assert tokens.live(token.hash, 99) == token
    assert tokens.live(token.hash, 100) is None
    assert tokens.live(_token(2).hash, 20) is None
    assert tokens.live(b"x" * 32, 20) is None
    opened.keep(token._replace(revoked=50, version=2))
    assert tokens.live(token.hash, 20) is None
    assert len(opened.listed()) == 2


def a_token_that_is_undone_was_never_there(make: MakeTokens) -> None:
    opened, token = make(), _token(1)
    with pytest.raises(_Undone), opened.write() as session:
        opened.tokens.keep(session, token)
        assert opened.tokens.live(token.hash, 20, session) == token
        assert opened.tokens.live(token.hash, 20) is None
        raise _Undone
    assert opened.listed() == []


def tokens_are_found_by_name_and_by_when_they_were_made(make: MakeTokens) -> None:
    opened = make()
    first, second, other = _token(1), _token(2), _token(3, "desk")
    revoked = _token(4, revoked=50)
    opened.keep(second, revoked, other, first)
    with opened.write() as session:
        assert sorted(opened.tokens.live_of(session, "shop")) == [first, second]
        assert opened.tokens.live_of(session, "else") == []
        assert sorted(opened.tokens.made_until(session, 20)) == [first, second]
        assert opened.tokens.made_until(session, 9) == []
    assert opened.listed() == [revoked, other, second, first]


def another_hand_makes_no_token(make: MakeTokens) -> None:
    opened, token = make(), _token(1)
    opened.keep(token, _token(2))
    opened.by_hand("UPDATE server_token SET expires = 999 WHERE created = 10")
    edited = token._replace(expires=999)
    assert opened.tokens.live(token.hash, 20) is None
    assert opened.listed() == [_token(2)]
    with opened.write() as session:
        assert opened.tokens.live_of(session, "shop") == [_token(2)]
        assert opened.tokens.made_until(session, 99) == [_token(2)]
    lying = {state.hash: (fits, state) for _, fits, state in opened.tokens.lying()}
    assert lying == {
        token.hash: (False, edited),
        _token(2).hash: (True, _token(2)),
    }


def a_row_without_a_mac_is_told_and_given_one_by_keeping_it(make: MakeTokens) -> None:
    opened, token = make(), _token(1)
    opened.keep(token, _token(2))
    assert opened.tokens.unvouched() == []
    opened.by_hand("UPDATE server_token SET mac = NULL WHERE created = 10")
    assert opened.tokens.unvouched() == [token]
    assert opened.tokens.live(token.hash, 20) is None
    with opened.write() as session:
        assert opened.tokens.unvouched(session) == [token]
        mac = opened.tokens.keep(session, token)
        assert opened.tokens.unvouched(session) == []
    assert (mac, True, token) in opened.tokens.lying()
    assert opened.tokens.live(token.hash, 20) == token


TOKEN_EXERCISES: Final[tuple[Callable[[MakeTokens], None], ...]] = (
    a_token_lives_until_it_is_over_or_revoked,
    a_token_that_is_undone_was_never_there,
    tokens_are_found_by_name_and_by_when_they_were_made,
    another_hand_makes_no_token,
    a_row_without_a_mac_is_told_and_given_one_by_keeping_it,
)
