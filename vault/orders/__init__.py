"""Orders: what must hold again after a restore, and where they are kept."""
