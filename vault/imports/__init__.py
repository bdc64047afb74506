"""Files that become records: read, converted by a map, written once, taken back."""
