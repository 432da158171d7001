"""Both themes can be read, and every icon is there."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from faceapp.ui import actions
from faceapp.ui.look import icons, theme
from faceapp.ui.look.theme import DARK, ICONS, LIGHT, Colors


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#777777", 1.0), ("#767676", "#ffffff", 4.54)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    assert theme.contrast(one, other) == pytest.approx(expected, abs=0.01)
    assert theme.contrast(other, one) == theme.contrast(one, other)


@pytest.mark.parametrize("colors", [DARK, LIGHT], ids=lambda colors: colors.name)
def test_text_stands_out(colors: Colors) -> None:
    weak = [
        f"{text} on {ground}: {theme.contrast(text, ground):.2f}"
        for text, ground in theme.text_pairs(colors)
        if theme.contrast(text, ground) < 4.5
    ]
    assert not weak, weak


@pytest.mark.parametrize("colors", [DARK, LIGHT], ids=lambda colors: colors.name)
def test_icons_focus_and_disabled_text_can_be_seen(colors: Colors) -> None:
    for ground in (colors.window, colors.panel):
        assert theme.contrast(colors.icon, ground) >= 4.5
        assert theme.contrast(colors.focus, ground) >= 3.0
        assert theme.contrast(colors.disabled, ground) >= 2.5


@pytest.mark.parametrize("colors", [DARK, LIGHT], ids=lambda colors: colors.name)
def test_the_style_sheet_is_filled_in(colors: Colors) -> None:
    sheet = theme.style_sheet(colors)
    assert "$" not in sheet.split("*/", 1)[1]
    for path in re.findall(r'url\("([^"]+)"\)', sheet):
        assert (ICONS.parent / path).exists()


def test_every_icon_asked_for_is_drawn(qapp: QObject) -> None:
    for name in {spec.icon for spec in actions.all_specs() if spec.icon}:
        image = icons.pixmap(name, "#ffffff", size=20, ratio=2).toImage()
        image = image.convertToFormat(QImage.Format.Format_ARGB32)
        inked = sum(image.pixelColor(x, y).alpha() > 100 for x in range(40) for y in range(40))
        assert 40 < inked < 1200, name


def test_icons_are_drawings_of_one_colour() -> None:
    for path in ICONS.glob("*.svg"):
        root = ElementTree.parse(path).getroot()
        assert root.tag.endswith("svg")
        if path.stem != "facemend":
            assert root.get("stroke") == "currentColor", path.name
            assert "#" not in path.read_text(encoding="utf-8"), path.name
