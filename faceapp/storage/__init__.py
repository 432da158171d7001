"""What is kept on disk beside photos: project files, presets, and what a crash leaves."""
