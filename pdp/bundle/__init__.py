"""A bundle of policies: its files, its tables' words, its texts, its signed archive."""
