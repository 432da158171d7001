"""From an exception to one sentence for a person, and to the exit code of the command line."""

from __future__ import annotations

import errno
from pathlib import Path

from engine import Cancelled, EngineError

DONE, FAILED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130

_MACHINE_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOMEM}


class AppError(Exception):
    """Base of what the application raises on purpose; `str()` of it is one sentence for the user."""


class UsageError(AppError):
    """The command line, or a file it names, asks for something that cannot be."""


class WindowError(AppError):
    """The desktop application cannot start on this machine."""


def sentence(error: BaseException) -> str:
    """Say in one line what went wrong; an unexpected exception is named, so that it can be reported."""
    if isinstance(error, (Cancelled, KeyboardInterrupt)):
        return "interrupted"
    if isinstance(error, (EngineError, AppError)):
        return _one_line(str(error)) or type(error).__name__
    if isinstance(error, MemoryError) or _out_of_device_memory(error):
        return "out of memory: try fewer jobs, a smaller photo, or the CPU instead of the GPU"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    name = type(error).__name__
    return f"unexpected failure: {name}: {_one_line(str(error))} (FACEMEND_DEBUG=1 shows where)"


def file_failure(path: Path, done: str, error: OSError) -> str:
    """Say of a file that it cannot be `done` ("read", "written"), and why."""
    return f"{path}: cannot be {done}, {(error.strerror or str(error)).lower()}"


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


def _one_line(text: str) -> str:
    return " ".join(text.split())
