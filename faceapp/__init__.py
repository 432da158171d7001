"""The application: window, command line, batch."""

__version__ = "0.1.0"
