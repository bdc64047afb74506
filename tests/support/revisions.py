"""Bundles that differ from the shipped one, each whole and with cases that pass."""

from functools import cache

from bundles import changed

from pdp.bundle.bundle import TABLES, Bundle, from_texts
from pdp.review.accept import accepted
from pdp.review.cases import run


def settled(bundle: Bundle) -> Bundle:
    """Let a bundle's cases expect what it says."""
    texts, _ = accepted(bundle, run(bundle))
    return from_texts({**bundle.texts, **texts})


@cache
def narrower() -> Bundle:
    """Support no longer sees how to reach a person."""
    return settled(changed(TABLES, '"contact": "last4"', '"contact": "drop"'))


@cache
def wider() -> Bundle:
    """Support sees how to reach a person, all of it."""
    return settled(changed(TABLES, '"contact": "last4"', '"contact": "clear"'))


@cache
def reworded() -> Bundle:
    """Another text, and the same decisions."""
    return changed("README.md", "# ", "#  ")
