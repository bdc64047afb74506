"""HTTP at its edge: bodies, errors, limits, languages, connections."""
