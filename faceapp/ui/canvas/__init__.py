"""The canvas: from events to tools, from pixels to the screen."""
