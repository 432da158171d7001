"""Tab and Space, held: the original and the hand, whichever widget has the focus.

A short Tab moves the focus and a short Space presses a button, as everywhere.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow

from faceapp.ui.canvas.canvas import Canvas

HELD = 250
"""Milliseconds from which on a key counts as held."""


class HeldKeys(QObject):
    """Watches the keys where the window system brings them, before a widget takes them for itself."""

    def __init__(self, window: QMainWindow, canvas: Canvas) -> None:
        super().__init__(window)
        self._canvas = canvas
        self._later = QTimer(self, interval=HELD, singleShot=True)
        self._later.timeout.connect(lambda: canvas.set_compare(True))
        self._down = False
        window.winId()  # only a window that exists on the screen has a handle
        window.windowHandle().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab:
            return self._key(event)
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            # Whatever has the focus hears of it, too: the mouse on the photo takes the focus, and so the press, away.
            self._canvas.hold_hand(event.type() == QEvent.Type.KeyPress)
        if event.type() == QEvent.Type.FocusOut:
            self._let_go()
            self._canvas.hold_hand(False)
        return False

    def _key(self, event: QKeyEvent) -> bool:
        """Whether it is dealt with.  The canvas itself compares at once: there Tab leads nowhere else."""
        if event.type() == QEvent.Type.KeyPress and not event.isAutoRepeat():
            held = event.modifiers() != Qt.KeyboardModifier.NoModifier
            self._down = not (held or self._canvas.document is None or self._canvas.hasFocus())
            if self._down:
                self._later.start()
        elif event.type() == QEvent.Type.KeyRelease and self._down and not event.isAutoRepeat():
            tapped = self._later.isActive()
            self._let_go()
            focus = QApplication.focusWidget()
            if tapped and focus is not None:
                focus.focusNextPrevChild(True)
            return True
        return self._down

    def _let_go(self) -> None:
        if self._down:
            self._down = False
            self._later.stop()
            self._canvas.set_compare(False)
