"""Progress and cancel: one small token that travels down the pipeline.

The owner (a command line, a worker thread) makes a `Progress` with a callback and may call `cancel()`
from any thread; the pipeline calls `report` and `check`, and hands `part` to what it calls.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import Cancelled
from engine.geometry import U8, Frame
from engine.wording import Argument, Sentence


@dataclass(frozen=True, eq=False, slots=True)
class Preview:
    """The running picture of one face, or of a large area around the faces, which has 0 `faces`.

    `chip` is (CHIP, CHIP, 3) uint8 RGB, lying on the photo at `frame`.
    """

    frame: Frame
    face: int
    faces: int
    index: int
    total: int
    chip: U8


@dataclass(frozen=True, slots=True)
class Report:
    """One message from a run: `fraction` done in 0..1, what it is doing, and a picture where there is one."""

    fraction: float
    text: Sentence
    preview: Preview | None = None


def _ignore(_report: Report) -> None:
    """Nobody listens."""


class Progress:
    """A run's line to its owner; safe to cancel from any thread."""

    def __init__(self, listener: Callable[[Report], None] = _ignore) -> None:
        self._listener = listener
        self._cancelled = threading.Event()
        self._start, self._span = 0.0, 1.0

    def cancel(self) -> None:
        """Ask the run to stop; it raises `Cancelled` within one step."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the run to stop."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if the run should stop."""
        if self._cancelled.is_set():
            raise Cancelled

    def report(self, fraction: float, template: str, *arguments: Argument, preview: Preview | None = None) -> None:
        """Tell the owner how far this part is (0..1) and what it is doing (see `Sentence`), unless cancelled."""
        self.check()
        done = self._start + self._span * min(max(fraction, 0.0), 1.0)
        self._listener(Report(done, Sentence(template, *arguments), preview))

    def part(self, start: float, stop: float) -> Progress:
        """Return a token for the sub-run that covers `start`..`stop` (0..1) of this one; same cancel."""
        child = Progress(self._listener)
        child._cancelled = self._cancelled
        child._start = self._start + self._span * start
        child._span = self._span * (stop - start)
        return child

    def tapped(self, tap: Callable[[Report], None]) -> Progress:
        """Return a token for the same run whose reports `tap` sees before the owner does; same cancel."""

        def both(report: Report) -> None:
            tap(report)
            self._listener(report)

        child = self.part(0.0, 1.0)
        child._listener = both
        return child
