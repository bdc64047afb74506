"""The strongroom: rows, ciphers, keys, identities. Imported by `vault` alone."""
