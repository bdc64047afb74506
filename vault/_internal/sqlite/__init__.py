"""The vault's stores on SQLite: adapters of `vault._internal.ports`."""
