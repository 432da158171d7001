"""Makes the networks that the engine runs."""
