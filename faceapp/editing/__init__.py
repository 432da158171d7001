"""What a person edits, as plain values and pure functions: photo, mask, edges, frames, history."""
