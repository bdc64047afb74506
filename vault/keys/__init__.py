"""The installation's keys, their rotation, and what they vouch for."""
