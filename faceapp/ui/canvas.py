"""The canvas: shows a document and turns mouse, tablet and keyboard into tool strokes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from engine.types import Preview
from faceapp.document import Document


class Canvas(QWidget):
    """A view on one document; signatures first, painting follows."""

    zoom_changed = Signal(float)
    """Screen pixels per photo pixel."""
    cursor_moved = Signal(float, float)
    """Cursor in photo pixels."""
    tool_changed = Signal(str)
    size_changed = Signal(float)
    """Brush diameter in photo pixels."""
    hardness_changed = Signal(float)
    split_changed = Signal(float)

    TOOLS = (
        "brush", "eraser", "lasso", "polygon", "rectangle", "ellipse", "wand",
        "edge_pencil", "edge_eraser", "frame", "hand",
    )  # fmt: skip

    def __init__(self, document: Document | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.tool = "brush"
        self.brush_size = 40.0
        self.brush_hardness = 0.8
        self.mask_color = QColor(230, 60, 60)
        self.mask_opacity = 0.5
        self.edge_opacity = 0.8
        self.split: float | None = None
        """Before left of this share of the width (0..1); None: no split."""

    def set_document(self, document: Document | None) -> None:
        """Show another document (None: an empty canvas)."""
        self.document = document

    def set_tool(self, name: str) -> None:
        """Take one of `TOOLS`."""
        self.tool = name
        self.tool_changed.emit(name)

    def show_preview(self, preview: Preview | None) -> None:
        """Show a running job's chip on its frame; None takes it away."""

    def set_compare(self, on: bool) -> None:
        """Show the original instead of the photo."""

    def fit(self) -> None:
        """Show the whole photo."""

    def actual(self) -> None:
        """Show photo pixels one to one."""
