"""What can go wrong in the engine, each error carrying its own sentence.

Every error here is something a user can be told in one line.  `Cancelled` is not an error: it is how a
run ends when its owner asked for that.
"""

from __future__ import annotations

from engine.wording import Argument, Sentence


class SentenceError(Exception):
    """An error that is one sentence for a person: a template and its arguments, as `Sentence` takes them.

    `str()` of it is English.
    """

    def __init__(self, template: str, *arguments: Argument) -> None:
        super().__init__(template, *arguments)  # which is what pickle calls again

    @property
    def sentence(self) -> Sentence:
        """What went wrong."""
        return Sentence(*self.args)

    def __str__(self) -> str:
        return str(self.sentence)


class EngineError(SentenceError):
    """Base of everything the engine raises on purpose."""


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
