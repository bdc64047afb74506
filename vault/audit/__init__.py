"""The access log: who asked what, and how it was decided."""
