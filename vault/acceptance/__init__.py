"""Another catalogue, and what is stored, brought over: accepted, resealed, retired."""
