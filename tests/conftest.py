"""Before anything imports Qt: no screen needed, and OpenCV's own Qt plugins out of the way."""

from __future__ import annotations

import os

import cv2  # noqa: F401 - its import sets the variables dropped below; they must not come back later

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
    os.environ.pop(name, None)
