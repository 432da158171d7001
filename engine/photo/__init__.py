"""A photo from its file and back: formats, colour, metadata, and the masks that go with it."""
