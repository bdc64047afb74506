"""Importing this declares every table of every store."""

from consent import _rows as consent_rows
from ledger import _rows as ledger_rows
from pdp.change import _rows as pdp_rows
from server.auth import _rows as server_rows
from vault import tables as vault_tables

__all__ = ["consent_rows", "ledger_rows", "pdp_rows", "server_rows", "vault_tables"]
