"""Pictures of the program's states for people to look at: python tests/faceapp/ui/gallery.py FOLDER.

Everything is the running program with the models that ship, on scikit-image's picture of an astronaut (NASA,
public domain).  The README's screenshots are made by `--readme`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np  # noqa: E402
from PySide6.QtCore import QEventLoop, QPointF, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication, QDialog, QWidget  # noqa: E402
from skimage import data  # noqa: E402

from engine import Frame, Photo, write_photo  # noqa: E402
from engine.geometry import U8, Box  # noqa: E402
from faceapp.app import drop_qt_variables  # noqa: E402
from faceapp.editing import mask_tools  # noqa: E402
from faceapp.editing.document import Document  # noqa: E402
from faceapp.editing.mask_tools import Brush  # noqa: E402
from faceapp.jobs import JobDoor  # noqa: E402
from faceapp.ui.look import language  # noqa: E402
from faceapp.ui.main_window import MainWindow  # noqa: E402
from faceapp.ui.settings_store import Store  # noqa: E402

FACE = Frame(224, 118, 176, 4)
SCRATCHES = (
    ((198, 126), (212, 148), (218, 170)),
    ((206, 62), (232, 82), (262, 88)),
    ((60, 300), (120, 380), (180, 400)),
    ((330, 40), (352, 150), (420, 230)),
)
"""Damage, in photo pixels: a cheek, the forehead, the suit, the background."""


class Gallery:
    """A window, walked through its states."""

    def __init__(self, folder: Path, work: Path, *, theme: str, tongue: str, size: tuple[int, int]) -> None:
        self._folder, self._work = folder, work
        self._prefix = f"{theme}-{tongue}-{size[0]}"
        store = Store(work / "settings.json")
        store.put(
            replace(store.value, theme=theme, language=tongue, device="cpu", brush_size=14.0, autosave_seconds=0)  # type: ignore[arg-type]
        )
        self.window = MainWindow(store=store, door=JobDoor(), recovery_root=work / "recovery")
        self.window.resize(*size)
        self.window.show()
        wait(lambda: self.window.ready)

    def walk(self) -> None:
        """Every state in order."""
        window, on = self.window, self.window.actions_
        self.shoot("01-welcome")
        document = self.open()
        self.shoot("02-opened")
        self.paint(document)
        self.shoot("03-painted")
        window.store.put(replace(window.store.value, steps=40))
        window.restorer.restore()
        wait(lambda: window.restorer.running and window.canvas._scene is not None)
        rest(600)
        self.shoot("04-restoring")
        on["cancel"].trigger()
        wait(lambda: not window.door.busy)
        self.restore(document, steps=4, variants=3)
        self.shoot("05-result")
        on["split"].trigger()
        self.shoot("06-split")
        on["split"].trigger()
        on["tool_edge_pencil"].trigger()
        window.canvas.zoom_to(3.0, QPointF(*window.canvas.view.to_view(FACE.cx, FACE.cy)))
        window.side.edges.show_live.setChecked(True)
        rest(500)
        wait(lambda: not window.door.busy)
        self.shoot("07-edges")
        on["tool_frame"].trigger()
        self.shoot("08-frame")
        on["tool_brush"].trigger()
        on["fit"].trigger()
        window.files.open_paths([self._work / "second.png"])
        wait(lambda: len(window.workspace.photos) == 2)
        wait(lambda: not window.door.busy)
        self.shoot("09-film")
        on["mask_detect"].trigger()
        wait(lambda: not window.door.busy and on["review_next"].isEnabled())
        self.shoot("10-damage-found")
        on["review_next"].trigger()
        rest(300)
        self.shoot("11-piece")
        on["review_keep_all"].trigger()
        on["mask_clear"].trigger()
        on["fit"].trigger()
        on["faces_sharpen_all"].trigger()
        wait(lambda: not window.door.busy)
        self.shoot("12-blurred")
        second = window.workspace.document
        assert second is not None
        self.restore(second, steps=None, variants=1)
        self.shoot("13-strength")
        on["discard"].trigger()
        for tool in ("crop", "heal", "clone", "straighten"):
            on[f"tool_{tool}"].trigger()
            self.shoot(f"14-{tool}")
        on["tool_brush"].trigger()
        on["reference_mirror"].trigger()
        window.side.verticalScrollBar().setValue(window.side.verticalScrollBar().maximum())
        rest(300)
        self.shoot("15-reference")
        for name in ("batch", "preferences", "shortcuts", "about"):
            self.dialog(name)

    def readme(self) -> None:
        """The mask and its panels; the edges; the result beside the original."""
        window, on = self.window, self.window.actions_
        document = self.open()
        self.paint(document)
        window.canvas.zoom_to(1.3)
        self.shoot("mask", "webp")
        self.restore(document, steps=None, variants=1)
        on["tool_edge_pencil"].trigger()
        window.canvas.zoom_to(3.0, QPointF(*window.canvas.view.to_view(FACE.cx, FACE.cy)))
        window.canvas.set_view(window.canvas.view.panned(0, 60))
        window.side.edges.show_live.setChecked(True)
        rest(500)
        wait(lambda: not window.door.busy)
        self.shoot("edges", "webp")
        on["tool_brush"].trigger()
        window.store.put(replace(window.store.value, theme="light"))
        window.side.verticalScrollBar().setValue(0)
        on["split"].trigger()
        window.canvas.split = 0.478
        self.shoot("before-after", "webp")

    def open(self) -> Document:
        """Open the astronaut; a second picture waits beside it."""
        pixels = damaged(data.astronaut())
        for name, array in (("astronaut.png", pixels), ("second.png", pixels[:, ::-1].copy())):
            if not (self._work / name).exists():
                write_photo(Photo.from_array(array), self._work / name)
        self.window.files.open_paths([self._work / "astronaut.png"])
        wait(lambda: self.window.workspace.document is not None)
        wait(lambda: not self.window.door.busy)
        document = self.window.workspace.document
        assert document is not None
        return document

    @staticmethod
    def paint(document: Document) -> None:
        """Strokes over the scratches."""

        def scratches(mask: U8) -> Box:
            box = mask_tools.NOTHING
            for line in SCRATCHES:
                box = box.union(mask_tools.stroke(mask, line, Brush(9, 0.8)))
            return box

        document.edit_mask("Brush stroke", scratches)

    def restore(self, document: Document, *, steps: int | None, variants: int) -> None:
        """Restore to the end."""
        window = self.window
        window.store.put(replace(window.store.value, steps=steps, variants=variants, seed=7))
        window.restorer.restore()
        wait(lambda: not window.door.busy and not window.door.waiting)
        assert document.results

    def dialog(self, name: str) -> None:
        """Open a dialog by its action and shoot it on its window."""
        seen: list[QWidget] = []

        def look() -> None:
            found = QApplication.activeModalWidget()
            if not isinstance(found, QDialog):
                QTimer.singleShot(50, look)
                return
            rest(700)
            seen.append(found)
            found.grab().save(str(self._folder / f"{self._prefix}-dialog-{name}.png"))
            found.reject()

        QTimer.singleShot(100, look)
        self.window.actions_[name].trigger()
        assert seen

    def shoot(self, name: str, suffix: str = "png") -> None:
        """Save the window as it is."""
        rest(120)
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._folder / (f"{self._prefix}-{name}.png" if suffix == "png" else f"{name}.{suffix}")
        assert self.window.grab().save(str(file), quality=88)

    def close(self) -> None:
        """Close without questions."""
        for photo in self.window.workspace.photos:
            photo.document.mark_saved()
        self.window.close()


def damaged(pixels: U8) -> U8:
    """A copy of (H, W, 3) RGB with the emulsion scratched off."""
    import cv2

    torn = pixels.copy()
    for line in SCRATCHES:
        cv2.polylines(torn, [np.array(line, np.int32)], False, (245, 240, 228), 3, cv2.LINE_AA)
    return torn


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


def main() -> int:
    """Walk through the states in a theme, language and size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--theme", choices=["dark", "light"], default="dark")
    parser.add_argument("--language", choices=["en", "zh_CN"], default="en")
    parser.add_argument("--readme", action="store_true", help="the README's three pictures, as WebP")
    parser.add_argument("--size", default="1280x800")
    asked = parser.parse_args()
    drop_qt_variables()
    app = QApplication(sys.argv[:1])
    app.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    language.install(app, asked.language)
    width, height = (int(part) for part in asked.size.split("x"))
    with tempfile.TemporaryDirectory() as work:
        gallery = Gallery(asked.folder, Path(work), theme=asked.theme, tongue=asked.language, size=(width, height))
        gallery.readme() if asked.readme else gallery.walk()
        gallery.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
