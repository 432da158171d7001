"""The networks on a device: which files, which library, which processor."""
