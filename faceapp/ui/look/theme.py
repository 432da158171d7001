"""The two themes: their colours, the palette and the style sheet made from them.

Every colour that carries text stands against its ground at 4.5:1 or more (WCAG 2.2, AA); a test computes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from faceapp.settings import Theme

RESOURCES = Path(__file__).resolve().parents[3] / "resources"
ICONS = RESOURCES / "icons"


@dataclass(frozen=True, slots=True)
class Colors:
    """The colours of a theme, as #rrggbb."""

    name: str
    window: str
    """Bars and dialogs."""
    panel: str
    """The side panel and strips."""
    raised: str
    """Buttons and section heads."""
    hover: str
    field: str
    """What is typed or chosen in."""
    canvas: str
    line: str
    text: str
    muted: str
    """Captions and hints."""
    disabled: str
    accent: str
    accent_hover: str
    on_accent: str
    focus: str
    """The ring around what has the keyboard."""
    danger: str
    icon: str


DARK = Colors(
    name="dark", window="#2f2f32", panel="#29292c", raised="#3b3b3f", hover="#47474c", field="#1d1d1f",
    canvas="#1a1a1c", line="#434348", text="#e8e8ea", muted="#b4b4bb", disabled="#85858c", accent="#1f69c8",
    accent_hover="#1a5fb8", on_accent="#ffffff", focus="#4d9bff", danger="#ff8a80", icon="#d6d6da",
)  # fmt: skip
LIGHT = Colors(
    name="light", window="#ececef", panel="#f6f6f8", raised="#ffffff", hover="#e2e2e7", field="#ffffff",
    canvas="#d4d4d9", line="#c6c6cd", text="#1b1b1e", muted="#57575f", disabled="#7a7a82", accent="#1f69c8",
    accent_hover="#1a5fb8", on_accent="#ffffff", focus="#1f69c8", danger="#b3261e", icon="#3c3c43",
)  # fmt: skip


def text_pairs(colors: Colors) -> list[tuple[str, str]]:
    """Every (text, ground) pair that the style sheet puts together."""
    grounds = (colors.window, colors.panel, colors.raised, colors.field, colors.hover, colors.canvas)
    pairs = [(colors.text, ground) for ground in grounds]
    pairs += [(colors.muted, ground) for ground in (colors.window, colors.panel, colors.field, colors.canvas)]
    pairs += [(colors.danger, ground) for ground in (colors.window, colors.panel)]
    return [*pairs, (colors.on_accent, colors.accent), (colors.on_accent, colors.accent_hover)]


def contrast(one: str, other: str) -> float:
    """Contrast of two #rrggbb colours, 1..21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def colors_for(theme: Theme) -> Colors:
    """The colours of a theme; "system" follows the desktop."""
    if theme == "system":
        dark = QApplication.styleHints().colorScheme() != Qt.ColorScheme.Light
        return DARK if dark else LIGHT
    return DARK if theme == "dark" else LIGHT


def apply(app: QApplication, colors: Colors) -> None:
    """Dress the whole application."""
    style = QStyleFactory.create("Fusion")
    if style is not None:
        app.setStyle(style)
    app.setPalette(_palette(colors))
    app.setStyleSheet(style_sheet(colors))


def _palette(colors: Colors) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for where, color in (
        (role.Window, colors.window), (role.WindowText, colors.text), (role.Base, colors.field),
        (role.AlternateBase, colors.panel), (role.Text, colors.text), (role.Button, colors.raised),
        (role.ButtonText, colors.text), (role.ToolTipBase, colors.raised), (role.ToolTipText, colors.text),
        (role.PlaceholderText, colors.muted), (role.Highlight, colors.accent), (role.Link, colors.focus),
        (role.HighlightedText, colors.on_accent), (role.BrightText, colors.danger), (role.Mid, colors.line),
    ):  # fmt: skip
        palette.setColor(where, QColor(color))
    for where in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, QColor(colors.disabled))
    return palette


def style_sheet(colors: Colors) -> str:
    """The application's style sheet in a theme's colours."""
    template = (ICONS / "theme" / "style.qss").read_text(encoding="utf-8")
    values = {field: getattr(colors, field) for field in colors.__slots__}
    values["icons"] = (ICONS / "theme").as_posix()
    # Longest names first: $accent must not eat the head of $accent_hover.
    for name in sorted(values, key=len, reverse=True):
        template = template.replace(f"${name}", values[name])
    return template
