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
    """An icon of `resources/icons` in the theme's colour: plain, disabled, and for checked buttons."""
    colors = _Ink.colors
    result = QIcon()
    looks = (
        (colors.icon, QIcon.Mode.Normal, QIcon.State.Off),
        (colors.disabled, QIcon.Mode.Disabled, QIcon.State.Off),
        (colors.on_accent, QIcon.Mode.Normal, QIcon.State.On),
        (colors.on_accent, QIcon.Mode.Selected, QIcon.State.Off),
    )
    for ratio in _RATIOS:
        for color, mode, state in looks:
            result.addPixmap(pixmap(name, color, size=SIZE, ratio=ratio), mode, state)
    return result


def plain(name: str) -> QIcon:
    """An icon that looks the same when its button is checked (section heads)."""
    result = QIcon()
    for ratio in _RATIOS:
        result.addPixmap(pixmap(name, _Ink.colors.icon, size=16, ratio=ratio))
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
