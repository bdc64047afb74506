"""An installation: made, opened, upgraded, its parts put together."""
