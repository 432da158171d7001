"""Preferences, the list of shortcuts, About."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QTableWidget
from pytestqt.qtbot import QtBot

from faceapp import settings
from faceapp.ui import actions
from faceapp.ui.dialogs import About, Preferences, Shortcuts, model_card
from faceapp.ui.main_window import MainWindow

pytestmark = pytest.mark.slow


def test_preferences_are_put_and_kept(qtbot: QtBot, window: MainWindow) -> None:
    dialog = Preferences(window, window.store)
    qtbot.addWidget(dialog)
    dialog.device.setCurrentIndex(dialog.device.findData("cpu"))
    dialog.autosave.number.setValue(45)
    dialog.undo.number.setValue(256)
    dialog.language.setCurrentIndex(dialog.language.findData("zh_CN"))
    dialog.accept()
    window.store.save()
    kept = settings.load(window.store.path)
    assert (kept.device, kept.autosave_seconds, kept.undo_megabytes, kept.language) == ("cpu", 45, 256, "zh_CN")
    assert window.status.device.text() == "CPU"


def test_a_theme_tried_on_is_taken_off_by_cancel(qtbot: QtBot, window: MainWindow) -> None:
    window.store.put(replace(window.store.value, theme="dark"))
    dialog = Preferences(window, window.store)
    qtbot.addWidget(dialog)
    dialog.theme.setCurrentIndex(dialog.theme.findData("light"))
    worn = [window.store.value.theme]
    dialog.reject()
    worn.append(window.store.value.theme)
    assert worn == ["light", "dark"]


def test_every_shortcut_is_listed(qtbot: QtBot, window: MainWindow) -> None:
    dialog = Shortcuts(window)
    qtbot.addWidget(dialog)
    (table,) = dialog.findChildren(QTableWidget)
    items = [(table.item(row, 0), table.item(row, 1)) for row in range(table.rowCount())]
    listed = {keys.text(): what.text() for what, keys in items if what is not None and keys is not None}
    assert listed["Ctrl+K"] == "Keep variant"
    assert listed["Ctrl+Return, Ctrl+Enter"] == "Restore"
    assert len(listed) == len([spec for spec in actions.all_specs() if spec.keys]) + len(actions.canvas_keys())


def test_the_shortcuts_can_be_searched(qtbot: QtBot, window: MainWindow) -> None:
    dialog = Shortcuts(window)
    qtbot.addWidget(dialog)
    dialog.show()

    def left() -> list[str]:
        table = dialog.table
        rows = [row for row in range(table.rowCount()) if not table.isRowHidden(row)]
        return [item.text() for row in rows if (item := table.item(row, 0)) is not None]

    everything = left()
    for words in ("variant KEEP", "ctrl+k"):
        qtbot.keyClicks(dialog.search, words)
        assert left() == ["Keep variant"]
        dialog.search.clear()
    assert left() == everything


def test_labels_lose_mnemonics_and_dots() -> None:
    assert [actions.label(text) for text in ("&Open…", "Save &as…", "打开(&O)…", "Keep")] == [
        "Open",
        "Save as",
        "打开",
        "Keep",
    ]


def test_about_tells_versions_devices_and_models(qtbot: QtBot, window: MainWindow) -> None:
    dialog = About(window, door=window.door)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: not window.door.busy)
    text = dialog.devices.toPlainText()
    for word in ("facemend ", "Python ", "Qt 6", "onnxruntime", "cpu: usable", "coarse.safetensors"):
        assert word in text
    assert model_card().startswith("# Model card")
