"""The catalogue: collections, their fields, and how they are read from YAML."""
