"""A document on the screen: layers, looks, zoom and pan; no tools."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from PySide6.QtCore import QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from engine.geometry import Box, Size
from engine.progress import Preview
from faceapp.editing.document import Document, What
from faceapp.editing.viewport import View, centred, fitted
from faceapp.settings import Settings
from faceapp.ui.canvas import overlays
from faceapp.ui.canvas.scene import Looks, Scene

LABEL_ROOM = 80.0
"""How wide, in view pixels, a side of the split is that has its name."""


class PhotoView(QWidget):
    """Shows a document; `Canvas` lets people change it."""

    zoom_changed = Signal(float)
    """View pixels per photo pixel."""
    split_changed = Signal(object)
    """Share of the width (0..1) left of which the original is shown; None: no split."""
    compare_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = View()
        self.background = QColor(38, 38, 40)
        self._document: Document | None = None
        self._scene: Scene | None = None
        defaults = Settings()
        self._looks = Looks(
            QColor(defaults.mask_color), QColor(defaults.blurred_color), defaults.mask_opacity, defaults.edge_opacity
        )
        self._compare = False
        self._split: float | None = None
        self._fitted, self._enlarges = True, False
        self._views: WeakKeyDictionary[Document, View] = WeakKeyDictionary()
        self._more = QTimer(self)
        self._more.setSingleShot(True)
        self._more.timeout.connect(self.update)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)

    # -- the document ----------------------------------------------------------------------------------

    @property
    def document(self) -> Document | None:
        return self._document

    def set_document(self, document: Document | None) -> None:
        """Show another document (None: an empty canvas); each one finds its view again."""
        if self._document is not None:
            self.leave_document()
            self._views[self._document] = self.view
            self._document.changed.remove(self._document_changed)
        self._document = document
        self._scene = None if document is None else Scene(document, self._looks)
        if document is not None:
            document.changed.append(self._document_changed)
            known = self._views.get(document)
            self._fitted = known is None
            self.set_view(known or self._fit_of(document), keep_fit=True)
        self.update()

    def leave_document(self) -> None:
        """Another document is about to be shown; end what is under way."""

    def _document_changed(self, what: What, box: Box) -> None:
        if self._scene is None or self._document is None:
            return
        if what == "shape":
            self._reshaped(self._document)
            return
        self._scene.changed(what, box)
        if what in ("mask", "photo", "strength") and not box.empty:
            self.update_box(box)
        elif what in ("edges", "frames"):
            self.update()

    def _reshaped(self, document: Document) -> None:
        """The photo is another picture of another size."""
        self.leave_document()
        self._scene = Scene(document, self._looks)
        self.fit()
        self.update()

    @property
    def loading(self) -> bool:
        """Whether tiles are missing that the next repaints will bring."""
        return self._more.isActive()

    # -- looks -----------------------------------------------------------------------------------------

    @property
    def mask_color(self) -> QColor:
        return self._looks.mask_color

    @mask_color.setter
    def mask_color(self, color: QColor) -> None:
        self._looks.mask_color = QColor(color)
        self._restyle()

    @property
    def blurred_color(self) -> QColor:
        return self._looks.blurred_color

    @blurred_color.setter
    def blurred_color(self, color: QColor) -> None:
        self._looks.blurred_color = QColor(color)
        self._restyle()

    @property
    def mask_opacity(self) -> float:
        """0..1."""
        return self._looks.mask_opacity

    @mask_opacity.setter
    def mask_opacity(self, opacity: float) -> None:
        self._looks.mask_opacity = min(max(opacity, 0.0), 1.0)
        self._restyle()

    @property
    def edge_opacity(self) -> float:
        """0..1."""
        return self._looks.edge_opacity

    @edge_opacity.setter
    def edge_opacity(self, opacity: float) -> None:
        self._looks.edge_opacity = min(max(opacity, 0.0), 1.0)
        self._restyle()

    def show_layers(self, *, mask: bool | None = None, edges: bool | None = None, frames: bool | None = None) -> None:
        """Show or hide overlays; None leaves one as it is."""
        looks = self._looks
        looks.show_mask = looks.show_mask if mask is None else mask
        looks.show_edges = looks.show_edges if edges is None else edges
        looks.show_frames = looks.show_frames if frames is None else frames
        self.update()

    def _restyle(self) -> None:
        if self._scene is not None:
            self._scene.restyle()
        self.update()

    # -- before and after, previews --------------------------------------------------------------------

    @property
    def compare(self) -> bool:
        """Whether the original is shown instead of the photo."""
        return self._compare

    def set_compare(self, on: bool) -> None:
        """Show the original instead of the photo."""
        if on != self._compare:
            self._compare = on
            self.compare_changed.emit(on)
            self.update()

    @property
    def split(self) -> float | None:
        """Share of the width (0..1) left of which the original is shown; None: no split."""
        return self._split

    @split.setter
    def split(self, share: float | None) -> None:
        share = None if share is None else min(max(float(share), 0.0), 1.0)
        if share != self._split:
            self._split = share
            self.split_changed.emit(share)
            self.update()

    def show_preview(self, preview: Preview | None) -> None:
        """Show a running job's chip on its frame; None takes it away."""
        if self._scene is None:
            return
        before = self._scene.preview
        self._scene.show_preview(preview)
        if preview is None or before is None or before.frame != preview.frame:
            self.update()  # the mask's overlay comes or goes with the preview
        else:
            self.update_box(preview.frame.box())

    # -- the view --------------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """View pixels per photo pixel."""
        return self.view.scale

    @property
    def window_size(self) -> Size:
        return Size(max(1, self.width()), max(1, self.height()))

    def set_view(self, view: View, *, keep_fit: bool = False) -> None:
        """Show the photo there, clamped so that it cannot be lost."""
        if self._document is None:
            return
        scale = self.view.scale
        self._fitted = self._fitted and keep_fit
        self.view = view.clamped(self._document.size, self.window_size)
        if self.view.scale != scale:
            self.zoom_changed.emit(self.view.scale)
        self.update()

    def fit(self) -> None:
        """Show the whole photo, and go on showing it when the window changes."""
        if self._document is not None:
            self._fitted = True
            self.set_view(self._fit_of(self._document), keep_fit=True)

    def set_fit_enlarges(self, enlarges: bool) -> None:
        """Whether fitting enlarges a small photo."""
        self._enlarges = enlarges
        if self._fitted:
            self.fit()

    def _fit_of(self, document: Document) -> View:
        return fitted(document.size, self.window_size, enlarges=self._enlarges)

    def actual(self) -> None:
        """Show photo pixels one to one, about what is in the middle."""
        self.zoom_to(1.0)

    def zoom_to(self, scale: float, at: QPointF | None = None) -> None:
        """Set the scale; the photo point under `at` (None: the middle) stays where it is."""
        point = at or QPointF(self.width() / 2, self.height() / 2)
        self.set_view(self.view.zoomed(scale / self.view.scale, (point.x(), point.y())))

    def zoom_step(self, direction: int, at: QPointF | None = None) -> None:
        """One step in (1) or out (-1)."""
        point = at or QPointF(self.width() / 2, self.height() / 2)
        self.set_view(self.view.stepped(direction, (point.x(), point.y())))

    def pan(self, dx: float, dy: float) -> None:
        """Move the photo by view pixels."""
        self.set_view(self.view.panned(dx, dy))

    def show_box(self, box: Box) -> None:
        """Bring a photo box (a face, say) into view, filling about half of the window."""
        if self._document is None or box.empty:
            return
        window = self.window_size
        scale = min(0.6 * window.width / box.width, 0.6 * window.height / box.height, 4.0)
        shift = centred(Size(box.width, box.height), window, scale=scale)
        self.set_view(View(shift.scale, shift.x - box.left * scale, shift.y - box.top * scale))

    # -- painting --------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = event.rect()
        painter.fillRect(rect, self.background)
        if self._scene is None:
            return
        split = None if self._split is None else self._split * self.width()
        if not self._scene.paint(painter, self.view, rect, compare=self._compare, split=split):
            self._more.start()  # the tiles that this repaint had no time for
        if not self._compare:
            self.paint_over(painter)
        low = self.height() - 12  # notices lie along the upper border
        if self._compare:
            split = self.width()  # all of it is as it was
        elif split is not None:
            overlays.paint_split(painter, split, self.height())
        if split is not None and split > LABEL_ROOM:
            overlays.paint_label(painter, self.tr("Before"), QPointF(12, low))
        if split is not None and self.width() - split > LABEL_ROOM:
            overlays.paint_label(painter, self.tr("After"), QPointF(split + 12, low))

    def paint_over(self, painter: QPainter) -> None:
        """Paint what lies over the layers."""
        if self._scene is not None:
            self._scene.paint_frames(painter, self.view, handles=False)

    def update_box(self, box: Box) -> None:
        # One level pixel more: its mean changes with any photo pixel in it.
        seen = self.view.view_box(box, margin=3)
        self.update(QRect(seen.left, seen.top, seen.width, seen.height))

    def sizeHint(self) -> QSize:
        return QSize(960, 640)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()
        else:
            self.set_view(self.view)
