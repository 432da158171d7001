"""Qt's binding itself: one of its releases aborts the program after a few thousand calls."""

from __future__ import annotations

import importlib.metadata
import sys

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from faceapp import window_check


def test_void_calls_leave_none_alone(qtbot: QtBot) -> None:
    """Each void call of PySide6 6.12.0 takes a reference to None away, and Python 3.11 dies at none left."""
    widget = QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for _ in range(400):
        widget.update()
    assert abs(sys.getrefcount(None) - before) < 200


@pytest.mark.parametrize(("version", "bad"), [("6.12.0", True), ("6.11.3", False), ("6.8.2.1", False)])
def test_a_crashing_release_is_named(monkeypatch: pytest.MonkeyPatch, version: str, bad: bool) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: version)
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    found = window_check._crashing_pyside()
    assert (found is not None) == bad
    assert ("PySide6-Essentials<6.12" in (found or "")) == bad
