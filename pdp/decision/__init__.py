"""A question and the decision about it: what the vault sees of policies."""
