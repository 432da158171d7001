"""How a hole is filled: by the networks on a chip, or classically on the photo."""
