"""The ways to servers of others: witnesses, time-stamping authorities."""
