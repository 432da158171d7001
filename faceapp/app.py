"""Where the application is put together: Qt, language, theme, worker thread, window."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from types import TracebackType

from faceapp.messages import FAILED

QT_VARIABLES_OF_OPENCV = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
"""OpenCV's Linux wheels point them at a Qt of their own when cv2 is imported."""

SCREENS = ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "DISPLAY")
"""What says on which screen a window opens."""

_log = logging.getLogger(__name__)


def run(photos: list[Path], *, edited: Path | None = None) -> int:
    """Open the window on these photos; returns the exit code.  Ask `window_check.problem` first.

    `edited`: the photo that another program waits for; the code says whether it was saved over.
    """
    import engine

    engine.preload()  # onnxruntime's DLLs come before Qt's on Windows
    drop_qt_variables()
    from PySide6.QtCore import qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    from faceapp import settings
    from faceapp.jobs import JobDoor
    from faceapp.storage import recovery
    from faceapp.ui.application import Application
    from faceapp.ui.garbage import Collector
    from faceapp.ui.look import icons, language
    from faceapp.ui.main_window import MainWindow
    from faceapp.ui.settings_store import Store

    existing = QApplication.instance()
    qInstallMessageHandler(_tell_why_not)
    app = existing if isinstance(existing, QApplication) else Application(sys.argv[:1])
    qInstallMessageHandler(None)
    app.setApplicationName("FaceMend")
    app.setDesktopFileName("facemend")
    app.setWindowIcon(icons.app_icon())
    store = Store(settings.default_path())
    language.install(app, store.value.language)
    window = MainWindow(store=store, door=JobDoor(app), recovery_root=recovery.default_folder())
    if isinstance(app, Application):
        app.asked_for.connect(lambda name: window.files.open_paths([Path(name)]))
    sys.excepthook = _Hook(window.notice.tell)
    window.show()
    window.files.edited = edited
    window.files.open_paths(photos)
    collector = Collector()
    try:
        code = app.exec()
    finally:
        collector.stop()
    return code if edited is None or window.files.edit_saved else FAILED


def drop_qt_variables() -> None:
    """Forget OpenCV's Qt: cv2 is imported here so that it cannot set them later."""
    import cv2  # noqa: F401 - for its side effect, which is undone

    for name in QT_VARIABLES_OF_OPENCV:
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]


def _tell_why_not(kind: object, _where: object, said: str) -> None:
    """Hear Qt while it looks for a screen: where there is none it speaks to programmers, and aborts."""
    from PySide6.QtCore import QtMsgType

    _log.debug("%s", said)
    if kind != QtMsgType.QtFatalMsg:
        return
    known = [f"{name}={os.environ[name]}" for name in SCREENS if os.environ.get(name)]
    with_what = f" with {' '.join(known)}" if known else ""
    sys.stderr.write(f"facemend: no window can be opened{with_what}; the commands work: facemend --help\n")
    sys.stderr.flush()
    os._exit(FAILED)  # back in Qt it would abort


class _Hook:
    """Shows what nobody caught as a sentence, and logs where it was."""

    def __init__(self, tell: object) -> None:
        self._tell = tell

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        from faceapp.messages import sentence

        if issubclass(kind, KeyboardInterrupt):
            from PySide6.QtWidgets import QApplication

            QApplication.quit()
            return
        _log.error("an unexpected failure", exc_info=(kind, error, trace))
        if callable(self._tell):
            self._tell(sentence(error))
