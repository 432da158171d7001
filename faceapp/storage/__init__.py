"""What is kept on disk beside photos: project files, and what a crash leaves."""
