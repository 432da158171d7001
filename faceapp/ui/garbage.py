"""Cyclic garbage is collected on the window's thread only.

Python collects on whatever thread happens to allocate: on the worker, in the middle of a run or of an import, it
would destroy dialogs and timers that belong to the window's thread, which Qt forbids.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer


class Collector(QObject):
    """Takes over from Python's automatic collection until `stop`; lives on the window's thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # what a start leaves behind stays: looking through it again would hold up the window
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._timer.start(500)

    def stop(self) -> None:
        """Give collection back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def _collect(self) -> None:
        """Collect the oldest generation that is due, as Python would have."""
        due = [count > threshold > 0 for count, threshold in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        for generation in (2, 1, 0):
            if due[generation]:
                gc.collect(generation)
                return
