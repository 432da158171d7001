"""Runs over files, without a window: one photo, a folder, a cluster."""
