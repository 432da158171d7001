"""The menu of presets, and the file that it shares with the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu

from faceapp.__main__ import main
from faceapp.storage import presets
from faceapp.ui.main_window import MainWindow

from ...conftest import write_mask, write_picture


def actions(menu: QMenu) -> dict[str, QAction]:
    menu.aboutToShow.emit()
    return {action.text(): action for action in menu.actions()}


def test_settings_are_kept_taken_and_forgotten(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    store, menu = window.store, window.presets
    store.put(replace(store.value, method="patchmatch", seed=5, feather=1.0))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Torn & old", True))
    actions(menu)["Save settings as preset…"].trigger()
    store.put(replace(store.value, method="telea", seed=0, feather=9.0))
    actions(menu)["Torn && old"].trigger()
    assert (store.value.method, store.value.seed, store.value.feather) == ("patchmatch", 5, 1.0)
    assert window.side.restore.method.currentData() == "patchmatch"
    forget = actions(menu)["Delete preset"].menu()
    assert isinstance(forget, QMenu)
    actions(forget)["Torn && old"].trigger()
    assert "Torn && old" not in actions(menu)


def test_a_damaged_preset_is_a_sentence(window: MainWindow) -> None:
    folder = window.store.path.parent / "presets"
    folder.mkdir()
    (folder / "bad.json").write_text("{")
    before = window.store.value
    actions(window.presets)["bad"].trigger()
    assert "no preset that can be read" in window.notice.text
    assert window.store.value == before


def test_the_windows_preset_is_the_command_lines(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A seam of its own width, by name and by file, in `restore` and in `batch`."""
    monkeypatch.setattr(presets, "default_folder", lambda: window.store.path.parent / "presets")
    store = window.store
    store.put(replace(store.value, method="ns", feather=0.0, seed=3))
    path = presets.save("narrow", store.value, presets.default_folder())
    photo, mask = write_picture(tmp_path / "in" / "p.png", seed=1), write_mask(tmp_path / "m.png")
    base = ["restore", str(photo), "--mask", str(mask), "--json", "-o"]
    for name, given in (("a", ["--preset", "narrow"]), ("b", ["--preset", str(path)]), ("c", ["--method", "ns"])):
        assert main([*base, str(tmp_path / f"{name}.png"), *given]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["method"], told["seed"]) == ("ns", 0 if name == "c" else 3)
    assert main(["batch", str(photo.parent), str(tmp_path / "d"), "--masks", str(mask), "--preset", "narrow"]) == 0
    made = [Image.open(tmp_path / name).tobytes() for name in ("a.png", "b.png", "d/p.png", "c.png")]
    assert made[0] == made[1] == made[2] != made[3]
    capsys.readouterr()
    assert main([*base, str(tmp_path / "e.png"), "--preset", "wide"]) == 2
    assert capsys.readouterr().err == "facemend: wide: no such preset; there are: narrow\n"
