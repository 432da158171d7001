"""One person's evening with the program, as a script: python tests/faceapp/ui/story.py PHOTO OUT SCREENS.

Runs the application itself (`faceapp.app.run`) on whatever screen Qt has, with the models that ship, and plays
mouse and keys into its window where the window system's events come in.  Ends with exit code 0 and "the end" if
everything was as it should be.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from engine import read_photo  # noqa: E402
from faceapp import app  # noqa: E402
from faceapp.editing.document import Document  # noqa: E402
from faceapp.ui.main_window import MainWindow  # noqa: E402

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def main(photo: Path, out: Path, screens: Path) -> int:
    """Run the application with a story that begins as soon as the event loop does."""
    application = QApplication(sys.argv[:1])

    def play() -> None:
        try:
            Story(out, screens).tell()
        except BaseException:  # noqa: BLE001 - reported; and nobody is there to answer "Save changes?"
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        application.quit()

    QTimer.singleShot(0, play)
    code = app.run([photo])
    sys.stdout.write("the end\n")
    return code


class Story:
    """What the person does, in order."""

    def __init__(self, out: Path, screens: Path) -> None:
        self._out, self._screens = out, screens
        (self._window,) = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]

    def tell(self) -> None:
        """Open, paint, restore and cancel, restore and keep, undo, redo, save, open again."""
        window = self._window
        wait(lambda: window.workspace.document is not None and not window.door.busy)
        window.activateWindow()  # a screen without a window manager gives nobody the keys
        wait(window.isActiveWindow)
        document = self._document()
        original = document.photo.pixels.copy()
        self.paint(document)
        self.cancel_a_run(document)
        self.restore(document)
        self.undo_and_redo(document, original)
        self.save_and_open_again(document)
        window.close()

    def paint(self, document: Document) -> None:
        """Paint over an eye with the mouse, and take a little back with Ctrl."""
        self._drag((205, 112), (243, 104))
        self._drag((205, 120), (238, 118))
        painted = int((document.mask > 127).sum())
        self._drag((203, 122), (206, 124), held=CONTROL)
        assert 0 < int((document.mask > 127).sum()) < painted
        assert self._window.actions_["undo"].text().startswith("&Undo: ")
        self._shoot("story-1-painted")

    def cancel_a_run(self, document: Document) -> None:
        """Start a long run and press Esc after some steps."""
        window, steps = self._window, []
        mask = document.mask.copy()
        window.side.restore.steps.setValue(600)
        window.restorer.previewed.connect(lambda preview: steps.append(preview) if preview else None)
        self._key(Qt.Key.Key_Return, CONTROL)
        wait(lambda: len(steps) > 2)
        self._shoot("story-2-restoring")
        self._key(Qt.Key.Key_Escape)
        wait(lambda: not window.door.busy)
        assert len(steps) < 100
        assert document.results == ()
        assert np.array_equal(document.mask, mask)

    def restore(self, document: Document) -> None:
        """Restore to the end and look at the result."""
        self._window.side.restore.steps.setValue(4)
        self._key(Qt.Key.Key_Return, CONTROL)
        wait(lambda: len(document.results) == 1)
        wait(lambda: not self._window.door.busy)
        assert document.shown is document.results[0]
        assert len(document.shown.previews) == 6  # two of them coarse
        rest(100)
        self._shoot("story-3-result")

    def undo_and_redo(self, document: Document, original: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
        """Keep the result, take everything back, do it again."""
        self._window.actions_["keep"].trigger()
        kept = document.photo.pixels
        assert not np.array_equal(kept, original)
        assert not document.mask.any()
        while document.history.undo_name is not None:
            self._key(Qt.Key.Key_Z, CONTROL)
        assert np.array_equal(document.photo.pixels, original)
        assert not document.mask.any()
        while document.history.redo_name is not None:
            self._key(Qt.Key.Key_Z, CONTROL | SHIFT)
        assert np.array_equal(document.photo.pixels, kept)

    def save_and_open_again(self, document: Document) -> None:
        """Save as, by the dialog; open what was saved."""
        window = self._window
        QTimer.singleShot(300, self._answer)
        self._key(Qt.Key.Key_S, CONTROL | SHIFT)
        wait(lambda: self._out.exists() and not window.door.busy)
        assert not document.dirty
        assert np.array_equal(read_photo(self._out).pixels, document.photo.pixels)
        window.files.open_paths([self._out])
        wait(lambda: len(window.workspace.photos) == 2)
        wait(lambda: not window.door.busy)
        assert np.array_equal(self._document().photo.pixels, document.photo.pixels)
        rest(100)
        self._shoot("story-4-opened-again")

    # -- hands and eyes --------------------------------------------------------------------------------

    def _document(self) -> Document:
        document = self._window.workspace.document
        assert document is not None
        return document

    def _drag(self, start: tuple[float, float], end: tuple[float, float], held: Qt.KeyboardModifier = NONE) -> None:
        window, canvas = self._window, self._window.canvas
        handle, corner = window.windowHandle(), canvas.mapTo(window, QPoint(0, 0))
        a, b = (QPointF(*canvas.view.to_view(*point)) + corner for point in (start, end))
        QTest.mouseMove(handle, a.toPoint())
        QTest.mousePress(handle, LEFT, held, a.toPoint())
        for i in range(1, 9):
            QTest.mouseMove(handle, (a + (b - a) * i / 8).toPoint())
        QTest.mouseRelease(handle, LEFT, held, b.toPoint())

    def _key(self, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self._window.windowHandle(), key, held)
        rest(1)

    def _answer(self) -> None:
        """Type the name into the file dialog and press Return."""
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        line = dialog.findChild(QLineEdit)
        assert line is not None
        line.setText(str(self._out))
        QTest.keyClick(line, Qt.Key.Key_Return)

    def _shoot(self, name: str) -> None:
        """Keep what is on the screen, not what the window thinks it painted."""
        rest(30)
        self._screens.mkdir(parents=True, exist_ok=True)
        picture = QGuiApplication.primaryScreen().grabWindow(self._window.winId())
        if picture.isNull():
            picture = self._window.grab()
        assert picture.save(str(self._screens / f"{name}.png"))


def rest(milliseconds: int) -> None:
    """Let the event loop run (`QTest.qWait` would keep the interpreter from the worker thread)."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait(over: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Let the event loop run until something holds."""
    end = time.monotonic() + seconds
    while not over():
        assert time.monotonic() < end, "it took too long"
        rest(5)


if __name__ == "__main__":
    sys.exit(main(*(Path(name) for name in sys.argv[1:4])))
