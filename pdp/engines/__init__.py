"""The engines that evaluate Rego, and what a bundle must be for them to start."""
