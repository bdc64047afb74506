"""What an operator looks at: the doctor, metrics, decisions, verification."""
