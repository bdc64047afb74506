"""Tokens on SQLite: the adapter of `server.auth.token_store`."""
