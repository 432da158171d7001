"""Pictures and files in and out of the clipboard and of drags."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

import numpy as np
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage

import engine
from faceapp.editing.display import rgb8
from faceapp.editing.picture import Picture


def local_files(data: QMimeData) -> list[Path]:
    """The local files that are dragged or were copied."""
    return [_path_of(url) for url in data.urls() if url.isLocalFile()]


def _path_of(url: QUrl) -> Path:
    """A local file's path, byte for byte: Qt's own answer replaces what is no UTF-8 in a name."""
    if os.name == "nt":
        return Path(url.toLocalFile())
    return Path(os.fsdecode(unquote_to_bytes(url.path(QUrl.ComponentFormattingOption.FullyEncoded))))


def photo(data: QMimeData) -> engine.Photo | None:
    """The picture that was copied, RGB or RGBA with 8 bits."""
    image = QImage(data.imageData()) if data.hasImage() else QImage()
    if image.isNull():
        return None
    alpha = image.hasAlphaChannel()
    image = image.convertToFormat(QImage.Format.Format_RGBA8888 if alpha else QImage.Format.Format_RGB888)
    channels = 4 if alpha else 3
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : image.width() * channels].reshape(image.height(), image.width(), channels)
    return engine.Photo.from_array(pixels.copy())


def image(picture: Picture) -> QImage:
    """A picture as the canvas shows it; for the worker, as a QImage is a plain value to any thread."""
    rgb = np.ascontiguousarray(rgb8(picture.pixels_in(picture.original.box)))
    height, width = rgb.shape[:2]
    return QImage(rgb.data, width, height, width * 3, QImage.Format.Format_RGB888).copy()
