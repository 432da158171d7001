"""The PyTorch networks; imported only by the PyTorch backend and by training."""
