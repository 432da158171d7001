"""The application: window, command line, batch."""
