"""Whether policies are fit: lint, cases, tests, coverage, explanations."""
