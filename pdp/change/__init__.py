"""How policies change: proposed, compared, approved, put in force, accounted for."""
