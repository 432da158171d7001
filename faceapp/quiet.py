"""stderr for FaceMend's own sentences alone: libraries in C, and Python's warnings, write there without being asked."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings


def silence_libraries() -> None:
    """Give FaceMend the process's stderr under another number, and to whoever writes to number 2 nothing.

    For the whole process and until its end: a redirection for a while would swallow what other threads say.
    `FACEMEND_DEBUG` is the way to hear the libraries again.
    """
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    if sys.stderr is None:  # a program for Windows' desktop, or started without one
        return
    with contextlib.suppress(OSError):
        own = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        sys.stderr = open(own, "w", buffering=1, encoding=sys.stderr.encoding, errors=sys.stderr.errors)  # noqa: SIM115
