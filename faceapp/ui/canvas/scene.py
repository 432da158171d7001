"""A document as layers of tiles, painted where the widget asks: photo, original, mask, edges, chips."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from engine.geometry import U8, Box
from engine.progress import Preview
from faceapp.editing.display import U32, rgb8, screen_pixels, shrunk, tint_table, tinted
from faceapp.editing.document import Document, Kind, What
from faceapp.editing.viewport import View, mip_level
from faceapp.ui.canvas import overlays
from faceapp.ui.canvas.pyramid import Key, Pyramid

BUDGET = 0.012
"""Seconds a repaint may spend on tiles nobody has made yet; what is missing comes with the next repaints."""


@dataclass
class Looks:
    """How the layers look."""

    mask_color: QColor
    blurred_color: QColor
    mask_opacity: float
    edge_opacity: float
    show_mask: bool = True
    show_edges: bool = True
    show_frames: bool = True


class Scene:
    """The layers of one document."""

    def __init__(self, document: Document, looks: Looks) -> None:
        self.document, self.looks = document, looks
        self.preview: overlays.ChipPreview | None = None
        self.draft: tuple[int, U8] | None = None
        """(frame index, edge map) that the edge tools are drawing on; in place of the document's."""
        self._photo = Pyramid(document.size, self._render_photo)
        self._original = Pyramid(document.size, self._render_original)
        self._mask = Pyramid(document.size, self._render_mask, limit=96 << 20, opaque=False)
        self._edges: dict[tuple[int, str], tuple[U8, QImage]] = {}
        self._tables = self._tints()

    @property
    def nbytes(self) -> int:
        """Memory held by tiles."""
        return self._photo.nbytes + self._original.nbytes + self._mask.nbytes

    def changed(self, what: What, box: Box) -> None:
        """The document changed."""
        if what == "mask":
            self._mask.invalidate(box)
        elif what in ("photo", "strength"):
            self._photo.invalidate(box)

    def restyle(self) -> None:
        """The looks changed."""
        self._tables = self._tints()
        self._mask.clear()
        self._edges.clear()

    def show_preview(self, preview: Preview | None) -> None:
        """Lay a running job's chip on its frame."""
        self.preview = None if preview is None else overlays.ChipPreview(preview)

    # -- painting --------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, view: View, rect: QRect, *, compare: bool, split: float | None) -> bool:
        """Paint the photo and the mask inside `rect` (view pixels); returns whether everything was there.

        `compare`: the original without overlays; `split`: the original left of this view x.
        """
        deadline = time.perf_counter() + BUDGET
        if compare:
            return self._paint_tiles(painter, self._before, view, rect, deadline=deadline)
        if split is None:
            return self._paint_after(painter, view, rect, deadline)
        left, right = QRect(rect), QRect(rect)
        left.setRight(round(split) - 1)
        right.setLeft(round(split))
        done = True
        if left.intersects(rect):
            part = left & rect
            painter.setClipRect(part)
            done = self._paint_tiles(painter, self._before, view, part, deadline=deadline)
        if right.intersects(rect):
            part = right & rect
            painter.setClipRect(part)
            done = self._paint_after(painter, view, part, deadline) and done
        painter.setClipping(False)
        return done

    def _paint_after(self, painter: QPainter, view: View, rect: QRect, deadline: float) -> bool:
        done = self._paint_tiles(painter, self._photo, view, rect, deadline=deadline)
        if self.preview is not None:
            overlays.paint_on_frame(painter, self.preview.image, self.preview.frame, view)
        if self.looks.show_mask:
            done = self._paint_tiles(painter, self._mask, view, rect, deadline=deadline) and done
        if self.looks.show_edges:
            self._paint_edges(painter, view)
        return done

    def _paint_tiles(self, painter: QPainter, pyramid: Pyramid, view: View, rect: QRect, *, deadline: float) -> bool:
        level = mip_level(view.scale * painter.device().devicePixelRatio())
        visible = view.photo_box(rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1)
        smooth = view.scale < 3  # closer than that people want to see the pixels
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        done = True
        for key in pyramid.keys(level, visible):
            known = pyramid.stale(key)
            if known is None and time.perf_counter() > deadline:
                done = False
                self._paint_coarser(painter, pyramid, key, view)
                continue
            tile = pyramid.tile(key)
            if not tile.blank:
                painter.drawImage(self._target(painter, pyramid.box(key), view), tile.image)
        return done

    def _paint_coarser(self, painter: QPainter, pyramid: Pyramid, key: Key, view: View) -> None:
        """Stand in for a missing tile with what a coarser one knows of the place."""
        level, row, column = key
        box = pyramid.box(key)
        for up in range(1, 7):
            parent = (level + up, row >> up, column >> up)
            tile = pyramid.stale(parent)
            if tile is None or tile.blank:
                continue
            whole, factor = pyramid.box(parent), 1 << (level + up)
            source = QRectF(
                (box.left - whole.left) / factor,
                (box.top - whole.top) / factor,
                box.width / factor,
                box.height / factor,
            )
            painter.drawImage(QRectF(self._target(painter, box, view)), tile.image, source)
            return

    @staticmethod
    def _target(painter: QPainter, box: Box, view: View) -> QRectF:
        """A photo box on the view, on whole device pixels so that neighbours meet without a seam."""
        ratio = painter.device().devicePixelRatio()
        left, top = (round(v * ratio) / ratio for v in view.to_view(box.left, box.top))
        right, bottom = (round(v * ratio) / ratio for v in view.to_view(box.right, box.bottom))
        return QRectF(left, top, right - left, bottom - top)

    # -- layers ----------------------------------------------------------------------------------------

    @property
    def _before(self) -> Pyramid:
        """The original's tiles; the photo's own as long as they are the same."""
        document = self.document
        same = not document.picture.tiles and document.shown is None
        return self._photo if same else self._original

    def _render_photo(self, box: Box, factor: int) -> U32:
        pixels = shrunk(self.document.pixels_in(box), factor)
        return screen_pixels(rgb8(pixels, origin=(box.left // factor, box.top // factor)))

    def _render_original(self, box: Box, factor: int) -> U32:
        pixels = shrunk(self.document.pixels_in(box, before=True), factor)
        return screen_pixels(rgb8(pixels, origin=(box.left // factor, box.top // factor)))

    def _render_mask(self, box: Box, factor: int) -> U32:
        """What is missing lies over what is blurred, as it does in a run."""
        masks = self.document.masks
        missing = tinted(shrunk(masks["missing"][box.slices], factor), self._tables["missing"])
        if not masks["blurred"][box.slices].any():
            return missing
        blurred = tinted(shrunk(masks["blurred"][box.slices], factor), self._tables["blurred"])
        return np.where(missing > 0, missing, blurred)

    def _tints(self) -> dict[Kind, U32]:
        looks = self.looks
        colors: dict[Kind, QColor] = {"missing": looks.mask_color, "blurred": looks.blurred_color}
        return {
            kind: tint_table((color.red(), color.green(), color.blue()), looks.mask_opacity)
            for kind, color in colors.items()
        }

    def _paint_edges(self, painter: QPainter, view: View) -> None:
        document = self.document
        for index, frame in enumerate(document.frames):
            drawn = document.edges[index]
            if self.draft is not None and self.draft[0] == index:
                drawn = self.draft[1]
            for kind, edges in (("visible", document.visible_edges(index)), ("drawn", drawn)):
                if edges is not None:
                    image = self._edge_image(index, kind, edges)
                    overlays.paint_on_frame(painter, image, frame, view)

    def _edge_image(self, index: int, kind: str, edges: U8) -> QImage:
        known = self._edges.get((index, kind))
        if known is not None and known[0] is edges:
            return known[1]
        color = overlays.VISIBLE_COLOR if kind == "visible" else overlays.DRAWN_COLOR
        image = overlays.edge_image(edges, color, self.looks.edge_opacity)
        self._edges[index, kind] = edges, image
        return image

    def paint_frames(self, painter: QPainter, view: View, *, handles: bool) -> None:
        """The frames' outlines; handles on the active one if it can be dragged."""
        if not self.looks.show_frames:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for index, frame in enumerate(self.document.frames):
            selected = index == self.document.selected
            overlays.paint_frame(painter, frame, view, selected=selected, handles=handles)
