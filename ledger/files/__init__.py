"""What lies in folders for everybody to read: trees, operator openings, orders."""
