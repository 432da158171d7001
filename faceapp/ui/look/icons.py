"""The icon set: line drawings in one colour, drawn by the theme at whatever size and density is asked for."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from faceapp.ui.look.theme import DARK, ICONS, Colors

SIZE = 20
"""Side of an icon in a bar, in device-independent pixels."""


class _Ink:
    """The theme that icons are drawn for."""

    colors: Colors = DARK


def set_theme(colors: Colors) -> bool:
    """Draw icons for a theme from now on; returns whether it is another one than before."""
    changed = _Ink.colors is not colors
    _Ink.colors = colors
    if changed:
        icon.cache_clear()
    return changed


@lru_cache(maxsize=128)
def icon(name: str) -> QIcon:
    """An icon of `resources/icons` in the theme's colour, another one on the accent of a checked button."""
    result = toggle(name)
    result.addPixmap(_screen_pixmap(name, _Ink.colors.on_accent, SIZE), QIcon.Mode.Normal, QIcon.State.On)
    return result


def toggle(name: str, *, size: int = SIZE) -> QIcon:
    """An icon that keeps its colour when its button is checked."""
    colors = _Ink.colors
    result = QIcon()
    for color, mode in (
        (colors.icon, QIcon.Mode.Normal),
        (colors.disabled, QIcon.Mode.Disabled),
        (colors.on_accent, QIcon.Mode.Selected),
    ):
        result.addPixmap(_screen_pixmap(name, color, size), mode)
    return result


@lru_cache(maxsize=512)
def _screen_pixmap(name: str, color: str, size: int) -> QPixmap:
    """As dense as the densest screen: others shrink it."""
    app = QGuiApplication.instance()
    ratio = math.ceil(app.devicePixelRatio()) if isinstance(app, QGuiApplication) else 1
    return pixmap(name, color, size=size, ratio=ratio)


@lru_cache(maxsize=128)
def _drawing(name: str) -> str:
    return (ICONS / f"{name}.svg").read_text(encoding="utf-8")


def app_icon() -> QIcon:
    """The program's own icon."""
    result = QIcon()
    renderer = QSvgRenderer(str(ICONS / "facemend.svg"))
    for side in (16, 32, 64, 128):
        result.addPixmap(_drawn(renderer, side))
    return result


def pixmap(name: str, color: str, *, size: int, ratio: int = 1) -> QPixmap:
    """A drawing in one colour, `size` device-independent pixels wide."""
    svg = _drawing(name).replace("currentColor", color)
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
