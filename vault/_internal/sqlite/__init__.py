"""The data store and the access log on SQLite: adapters of `vault._internal.ports`."""
