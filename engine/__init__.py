"""The engine restores one photo."""
