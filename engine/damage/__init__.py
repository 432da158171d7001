"""The search for damage."""
