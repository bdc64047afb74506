"""Who is a customer: registered, corrected, of age, listed."""
