# Generated from allod/_async by scripts/generate_sync.py; edit that.
"""The clients' source; `_sync` is generated from it (scripts/generate_sync.py)."""
