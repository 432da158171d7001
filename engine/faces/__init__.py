"""Faces: found, framed, cut to chips and laid back."""
