"""Whether something may be written: tickets, made by decisions, spent in commits."""
