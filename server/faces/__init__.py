"""One router per audience; what each may do is said by its doors and its schemas."""
