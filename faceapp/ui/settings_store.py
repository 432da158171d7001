"""The preferences while the application runs: one frozen value that widgets read, replace and listen to."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine import Sentence
from faceapp import settings
from faceapp.messages import cause_of
from faceapp.settings import Settings


class Store(QObject):
    """Holds the present `Settings` and writes them a moment after they changed."""

    changed = Signal(object, object)
    """The `Settings` before and after."""
    failed = Signal(object)
    """The `Sentence` why they cannot be written; once, until they can."""

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.value = settings.load(path)
        self._failing = False
        self._later = QTimer(self, interval=800, singleShot=True)
        self._later.timeout.connect(self.save)

    def put(self, value: Settings) -> None:
        """Make these the settings."""
        before, self.value = self.value, value
        if value != before:
            self.changed.emit(before, value)
            self._later.start()

    def save(self) -> None:
        """Write now; a folder that cannot be written costs the preferences, never the work."""
        self._later.stop()
        failing, self._failing = self._failing, False
        try:
            settings.save(self.value, self.path)
        except OSError as error:
            self._failing = True
            if not failing:
                self.failed.emit(Sentence("{0}: cannot be written, {1}", self.path, cause_of(error)))
