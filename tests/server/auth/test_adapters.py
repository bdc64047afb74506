"""The adapter of the tokens does what its port says, whoever stands behind it."""

from collections.abc import Callable

import pytest
from conformance_tokens import TOKEN_EXERCISES, MakeTokens, Tokened

from kit.db import Database
from server.auth.sqlite.tokens import SqliteTokens
from vault.open import RowMacs


@pytest.mark.parametrize("exercise", TOKEN_EXERCISES, ids=lambda each: each.__name__)
def test_the_tokens_on_sqlite_hold(
    exercise: Callable[[MakeTokens], None], vault_db: Database
) -> None:
    def make() -> Tokened:
        store = SqliteTokens(vault_db, RowMacs(lambda: b"r" * 32))
        return Tokened(store, vault_db.write, vault_db.read)

    exercise(make)
