"""Layers exported from the window: photo, fill and mask as they are to be seen."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from engine.geometry import Box
from faceapp.editing.document import Document
from faceapp.editing.variant import Variant
from faceapp.ui.main_window import MainWindow

BOX = Box(10, 20, 40, 50)


def variant(document: Document) -> Variant:
    pixels = 255 - document.photo.pixels[BOX.slices]
    return Variant(
        box=BOX, pixels=pixels, faces=(), method="telea", device="cpu", model="none", seed=0, steps=0, seconds=0.0
    )


def test_layers_are_exported_of_what_is_shown_and_of_what_was_kept(
    qtbot: QtBot, window: MainWindow, document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    action, original = window.actions_["layers_export"], document.photo.pixels.copy()
    assert not action.isEnabled(), "nothing is restored yet"
    document.mask[BOX.slices] = 255
    document.set_results((variant(document),))
    document.show_variant(document.results[0])
    for name in ("shown", "kept"):
        target = tmp_path / f"{name}.ora"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, t=target: (str(t), "OpenRaster (*.ora)"))
        assert action.isEnabled()
        action.trigger()
        qtbot.waitUntil(lambda t=target: t.exists() and not window.door.busy)  # type: ignore[misc]
        with zipfile.ZipFile(target) as archive:
            layers = {n: archive.read(n) for n in archive.namelist() if n.endswith(".png")}
        merged, photo = (
            np.asarray(Image.open(io.BytesIO(layers[n])).convert("RGB")) for n in ("mergedimage.png", "data/photo.png")
        )
        np.testing.assert_array_equal(photo, original)
        np.testing.assert_array_equal(merged[BOX.slices], 255 - original[BOX.slices])
        if name == "shown":
            mask = np.asarray(Image.open(io.BytesIO(layers["data/mask.png"])))[..., 3]
            assert mask[BOX.slices].all()
            assert mask.sum() == 255 * BOX.width * BOX.height
        window.restorer.keep()
