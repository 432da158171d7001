"""The one object that stands for the program towards the desktop."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication


class Application(QApplication):
    """Tells of files that the desktop hands over while it runs.

    macOS names the photo of a double click in an event, never on the command line.
    """

    asked_for = Signal(str)
    """The path of a photo or project to open."""

    def event(self, event: QEvent) -> bool:
        """Take the events that name files, leave the others to Qt."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self.asked_for.emit(event.file())
            return True
        return super().event(event)
