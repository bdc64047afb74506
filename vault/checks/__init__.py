"""Rows held to the ledger: what the database says now, and what was stamped."""
