"""Bytes and what they mean: trees, notes, proofs, receipts, certificates. Pure.

Nothing here touches a database or the network; an auditor could take it away.
"""
