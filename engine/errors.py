"""What can go wrong in the engine, each error composing its own sentence.

Every error here is something a user can be told in one line.  `Cancelled` is not an error: it is how a
run ends when its owner asked for that.
"""


class EngineError(Exception):
    """Base of everything the engine raises on purpose; `str()` of it is one sentence for the user."""


class PhotoError(EngineError):
    """A photo or mask cannot be read or written; the sentence names the file and the cause."""


class MaskError(EngineError):
    """The mask does not fit the photo."""


class RequestError(EngineError):
    """A request asks for something that cannot be (a frame off the photo, edges without a frame, ...)."""


class ModelError(EngineError):
    """A model file is missing, damaged, or not the one the catalog describes."""


class DeviceError(EngineError):
    """The asked-for device or backend is not usable on this machine."""


class Cancelled(Exception):
    """Raised inside a run, within one step, after its `Progress` was cancelled."""
