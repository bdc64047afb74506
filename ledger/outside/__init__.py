"""Who is asked elsewhere: witnesses, and authorities that know the time."""
