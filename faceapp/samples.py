"""Where the bundled sample lies; the same in a checkout, an installed package and a frozen bundle."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent / "resources" / "samples"

PORTRAIT = _FOLDER / "portrait.png"
"""A damaged portrait, 288x288 RGB, public domain (resources/samples/README.md)."""

PORTRAIT_MASK = _FOLDER / "portrait-mask.png"
"""Its mask, 255 where the portrait is damaged."""
