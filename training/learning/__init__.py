"""How a network learns: stages, losses, critics, the loop."""
