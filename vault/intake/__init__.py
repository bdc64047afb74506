"""The way in: what is written is checked, sealed, indexed and stamped at once."""
