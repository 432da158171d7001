"""The icon set: line drawings in one colour, drawn by the theme at whatever size and density is asked for."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from faceapp.ui.theme import DARK, ICONS, Colors

SIZE = 20
"""Side of an icon in a bar, in device-independent pixels."""
_RATIOS = (1, 2)


class _Ink:
    """The theme that icons are drawn for."""

    colors: Colors = DARK


def set_theme(colors: Colors) -> None:
    """Draw icons for a theme from now on."""
    _Ink.colors = colors
    icon.cache_clear()


@lru_cache(maxsize=128)
def icon(name: str) -> QIcon:
    """An icon of `resources/icons` in the theme's colour, another one on the accent of a checked button."""
    colors = _Ink.colors
    result = toggle(name)
    for ratio in _RATIOS:
        on = pixmap(name, colors.on_accent, size=SIZE, ratio=ratio)
        result.addPixmap(on, QIcon.Mode.Normal, QIcon.State.On)
    return result


def toggle(name: str, *, size: int = SIZE) -> QIcon:
    """An icon that keeps its colour when its button is checked."""
    colors = _Ink.colors
    result = QIcon()
    for ratio in _RATIOS:
        result.addPixmap(pixmap(name, colors.icon, size=size, ratio=ratio))
        result.addPixmap(pixmap(name, colors.disabled, size=size, ratio=ratio), QIcon.Mode.Disabled)
        result.addPixmap(pixmap(name, colors.on_accent, size=size, ratio=ratio), QIcon.Mode.Selected)
    return result


def app_icon() -> QIcon:
    """The program's own icon."""
    result = QIcon()
    renderer = QSvgRenderer(str(ICONS / "facemend.svg"))
    for side in (16, 32, 64, 128):
        result.addPixmap(_drawn(renderer, side))
    return result


def pixmap(name: str, color: str, *, size: int, ratio: int = 1) -> QPixmap:
    """A drawing in one colour, `size` device-independent pixels wide."""
    svg = (ICONS / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", color)
    drawn = _drawn(QSvgRenderer(QByteArray(svg.encode())), size * ratio)
    drawn.setDevicePixelRatio(ratio)
    return drawn


def _drawn(renderer: QSvgRenderer, side: int) -> QPixmap:
    result = QPixmap(QSize(side, side))
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    return result
