"""The ledger on SQLite: adapters of `ledger.ports`."""
