"""How everything looks and which language it speaks."""
