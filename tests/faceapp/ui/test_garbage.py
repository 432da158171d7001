"""Who collects Python's cyclic garbage while a window is open."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from faceapp.ui.garbage import Collector


@pytest.fixture
def collector(qapp: QObject) -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.stop()


class _Ring(QObject):
    """Holds itself, as widgets and their slots do."""

    def __init__(self) -> None:
        super().__init__()
        self.ring = self


def _much_garbage() -> None:
    for _ in range(50_000):
        ring: list[object] = []
        ring.append(ring)


def test_a_worker_destroys_no_qt_objects(collector: Collector, qtbot: QtBot) -> None:
    ended: list[threading.Thread] = []
    weakref.finalize(_Ring(), lambda: ended.append(threading.current_thread()))
    worker = threading.Thread(target=_much_garbage)
    worker.start()
    worker.join()
    assert not ended
    qtbot.waitUntil(lambda: bool(ended), timeout=5000)
    assert ended == [threading.main_thread()]


def test_python_collects_again_afterwards(qapp: QObject) -> None:
    collector = Collector()
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()
    ended: list[bool] = []
    weakref.finalize(_Ring(), lambda: ended.append(True))
    _much_garbage()
    assert ended
