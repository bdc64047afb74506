"""Segments, scores and workflows: they see disclosures, and never a sealed record."""
