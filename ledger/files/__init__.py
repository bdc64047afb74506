"""What lies in folders: the public tree, and privately openings and orders."""
