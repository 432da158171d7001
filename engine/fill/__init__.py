"""How a hole is filled: by the two networks on a chip, or classically on the photo."""
