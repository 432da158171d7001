"""From an exception to one sentence for a person, and to the exit code of the command line."""

from __future__ import annotations

import errno

from engine import Cancelled, EngineError, Sentence
from engine.errors import SentenceError

DONE, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130

_MACHINE_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOMEM}


class AppError(SentenceError):
    """Base of what the application raises on purpose."""


class UsageError(AppError):
    """The command line, or a file it names, asks for something that cannot be."""


class ExistsError(UsageError):
    """What is to be written is there already, and the job says neither to keep nor to overwrite it."""


class WindowError(AppError):
    """The desktop application cannot start on this machine."""


def sentence(error: BaseException) -> Sentence:
    """Say in one sentence what went wrong; an unexpected exception is named, so that it can be reported."""
    if isinstance(error, (Cancelled, KeyboardInterrupt)):
        return Sentence("interrupted")
    if isinstance(error, SentenceError):
        return error.sentence
    if isinstance(error, MemoryError) or _out_of_device_memory(error):
        return Sentence("out of memory: try fewer jobs, a smaller photo, or the CPU instead of the GPU")
    if isinstance(error, OSError) and error.strerror:
        name = error.filename
        return Sentence("{0}: {1}", str(name), error.strerror) if name else Sentence("{0}", error.strerror)
    name, text = type(error).__name__, " ".join(str(error).split())
    return Sentence("unexpected failure: {0}: {1} (FACEMEND_DEBUG=1 shows where)", name, text)


def cause_of(error: OSError) -> str:
    """What the system says, as the end of a sentence."""
    return (error.strerror or str(error)).lower()


def exit_code(error: BaseException) -> int:
    """2 for unusable input, 130 for an interruption, 1 where the machine or the program failed."""
    if isinstance(error, (Cancelled, KeyboardInterrupt)):
        return INTERRUPTED
    cause = error if isinstance(error, OSError) else error.__cause__
    if isinstance(cause, OSError) and cause.errno in _MACHINE_FAULTS:
        return FAILED
    return UNUSABLE if isinstance(error, (EngineError, UsageError, OSError)) else FAILED


def _out_of_device_memory(error: BaseException) -> bool:
    # CUDA says it through a plain RuntimeError, in torch and in onnxruntime alike.
    return isinstance(error, RuntimeError) and "out of memory" in str(error).lower()
