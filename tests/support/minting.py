"""Tokens on a store of their own, with a ledger that their entries go to."""

from clocks import ManualClock
from ledgers import signer
from ordering import RecordingOrders

from kit.db import Database
from ledger.files.mirror import Mirror
from ledger.log import Log
from server.auth.sqlite.tokens import SqliteTokens
from server.auth.token_entries import TokenEntries
from server.auth.tokens import Tokens
from vault.open import RowMacs


def minting(database: Database, clock: ManualClock) -> Tokens:
    rows = RowMacs(lambda: bytes(range(32)))
    mirror = Mirror(database.path.parent / "mirror")
    log = Log(database, signer=signer(), mirror=mirror, clock=clock)
    store = SqliteTokens(database, rows)
    entries = TokenEntries(store, rows=rows, log=log, pseudonym=lambda name: name[::-1])
    orders = RecordingOrders()
    return Tokens(database, clock, store=store, entries=entries, orders=orders)
