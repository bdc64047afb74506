"""Erasure that stays done, and what brings it back after a restore."""
