"""The strips under the canvas: a run's steps to scrub through, variants to choose from, the open photos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from engine.geometry import U8, Box
from engine.progress import Preview
from faceapp.editing.boxes import inside
from faceapp.editing.display import rgb8, shrunk
from faceapp.editing.document import Document
from faceapp.editing.variant import Variant
from faceapp.ui.commands.workspace import OpenPhoto
from faceapp.ui.look.phrases import plain, spoken
from faceapp.ui.look.widgets import hint, styled, tool_button

THUMB = 60
STRIP_HEIGHT = THUMB + 48
"""A picture, its caption and a scroll bar."""
METHODS = {"telea": "Telea", "ns": "Navier-Stokes", "patchmatch": "PatchMatch"}
"""Names of the methods that have no seed."""
MAX_SHOWN_STEPS = 48
"""More steps than this are shown as that many, evenly picked."""


def rgb_pixmap(rgb: U8) -> QPixmap:
    """A pixmap of (H, W, 3) uint8 RGB."""
    pixels = np.ascontiguousarray(rgb)
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, width * 3, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image)  # copies


def thumb(rgb: U8, side: int = THUMB) -> QPixmap:
    """A pixmap of (H, W, 3) uint8 RGB that fits a square, drawn at twice the density."""
    factor = max(1, max(rgb.shape[:2]) // (4 * side))
    fitted = rgb_pixmap(shrunk(rgb, factor)).scaled(
        side * 2,
        side * 2,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    fitted.setDevicePixelRatio(2)
    return fitted


def variant_thumb(document: Document, variant: Variant) -> QPixmap:
    """What a variant changed, of the face if there is one, with a little of the photo around it."""
    box = _differing(variant).clipped(document.size)
    pixels = document.picture.pixels_in(box).copy()
    filled = box.intersection(variant.box)
    pixels[inside(filled, box).slices] = variant.pixels[inside(filled, variant.box).slices]
    return thumb(rgb8(pixels))


def _differing(variant: Variant) -> Box:
    """A square about what a variant changed; within the largest part of a face, where it changed one."""
    parts = [(face.frame.box().intersection(variant.box), face.frame.side) for face in variant.faces]
    part, least = max(parts, key=lambda found: found[0].width * found[0].height, default=(variant.box, 0.0))
    side = max(1.25 * part.width, 1.25 * part.height, 0.4 * least, 1.0)
    left, top = (part.left + part.right - side) / 2, (part.top + part.bottom - side) / 2
    return Box(int(left), int(top), round(left + side), round(top + side))


def variant_names(variants: Sequence[Variant], seed: str) -> list[str]:
    """A name for each: its seed (`seed` with {0}) or method, and its number among those of that name."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for variant in variants:
        name = METHODS.get(variant.method) or seed.format(variant.seed)
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def side_by_side(variants: VariantsStrip, steps: StepsStrip) -> QWidget:
    """The two strips of a run in a place of their own, which stays as it is when there is nothing to show."""
    place = styled(QWidget(), "strip")
    place.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    place.setFixedHeight(STRIP_HEIGHT)
    layout = QHBoxLayout(place)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(1)
    layout.addWidget(variants, 2)
    layout.addWidget(steps, 3)
    return place


class _Thumbs(QListWidget):
    """One row of pictures."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("thumbs")
        self.setAccessibleName(name)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(THUMB, THUMB))
        self.setSpacing(2)
        self.setHorizontalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def append(self, picture: QPixmap, text: str, tip: str) -> None:
        item = QListWidgetItem(_steady(picture), text)
        item.setToolTip(plain(tip))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, tip)
        item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.addItem(item)

    def choose(self, row: int) -> None:
        """Mark a picture and bring it into view; -1: none."""
        self.setCurrentRow(row)
        if row >= 0:
            self.scrollToItem(self.item(row))


def _steady(picture: QPixmap) -> QIcon:
    """An icon that is not tinted when its item is selected."""
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon


class StepsStrip(QWidget):
    """Every step's picture of the chosen variant; the slider scrubs through them."""

    scrubbed = Signal(object)
    """The `Preview` to show; None for the finished picture."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip")
        self._previews: list[Preview] = []
        self.caption = styled(QLabel(self.tr("Steps")), "heading")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Step"))
        self.slider.setMinimumWidth(110)
        self.where = styled(QLabel(), "muted")
        self.thumbs = _Thumbs(self.tr("Steps of the run"))
        head = QVBoxLayout()
        head.addWidget(self.caption)
        head.addWidget(self.slider)
        head.addWidget(self.where)
        head.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 4)
        layout.addLayout(head)
        layout.addWidget(self.thumbs, 1)
        self.hide()
        self.slider.valueChanged.connect(self._scrub)
        self.thumbs.currentRowChanged.connect(self._picked)

    @property
    def count(self) -> int:
        return len(self._previews)

    def show_steps(self, previews: Sequence[Preview]) -> None:
        """Show the steps of a finished run, the last one chosen."""
        self._previews = evenly(previews, MAX_SHOWN_STEPS)
        with QSignalBlocker(self.thumbs), QSignalBlocker(self.slider):
            self.thumbs.clear()
            for preview in self._previews:
                self._append(preview)
            self._choose(len(self._previews) - 1)
        self.setVisible(len(self._previews) > 1)  # one step is the result itself

    def _append(self, preview: Preview) -> None:
        tip = self.tr("Step {0} of {1}").format(preview.index, preview.total)
        if preview.faces > 1:
            tip = self.tr("Face {0}, ").format(preview.face + 1) + tip
        self.thumbs.append(thumb(preview.chip), str(preview.index), tip)

    def _choose(self, row: int) -> None:
        self.slider.setRange(0, max(0, len(self._previews) - 1))
        self.slider.setValue(row)
        self.thumbs.choose(row)
        self._tell(row)

    def _tell(self, row: int) -> None:
        if 0 <= row < len(self._previews):
            preview = self._previews[row]
            self.where.setText(self.tr("{0} of {1}").format(preview.index, preview.total))

    def _picked(self, row: int) -> None:
        if row >= 0:
            self.slider.setValue(row)

    def _scrub(self, row: int) -> None:
        with QSignalBlocker(self.thumbs):
            self.thumbs.choose(row)
        self._tell(row)
        last = row >= len(self._previews) - 1
        self.scrubbed.emit(None if last else self._previews[row])


class VariantsStrip(QWidget):
    """The finished runs; one can be kept."""

    chosen = Signal(int)
    """The variant to show; -1 for the photo without any."""
    keep_wanted = Signal()
    discard_wanted = Signal()
    strength_wanted = Signal(float)
    """Of the shown variant, or of the kept one, 0..1."""
    strength_settled = Signal()
    """It was let go."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip")
        self._shown: tuple[Variant, ...] = ()
        self._pictures: WeakKeyDictionary[Variant, QPixmap] = WeakKeyDictionary()
        self.thumbs = _Thumbs(self.tr("Variants"))
        self.hint = hint(self.tr("Restored variants stand here, to be compared and kept."))
        self.keep = styled(QPushButton(self.tr("Keep")), "primary")
        self.keep.setToolTip(self.tr("Put it into the photo"))
        self.discard = QPushButton(self.tr("Discard"))
        self.discard.setToolTip(self.tr("Throw this variant away"))
        self.keep.clicked.connect(self.keep_wanted)
        self.discard.clicked.connect(self.discard_wanted)
        buttons = QVBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(styled(QLabel(self.tr("Variants")), "heading"))
        buttons.addWidget(self.keep)
        buttons.addWidget(self.discard)
        buttons.addStretch(1)
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(0, 100)
        self.strength.setMinimumWidth(90)
        self.strength.setAccessibleName(self.tr("Strength"))
        self.strength.setToolTip(
            self.tr("How strongly this variant is laid over the photo; what was missing stays filled")
        )
        self.share = styled(QLabel(), "muted")
        self.strength.valueChanged.connect(self._strength_moved)
        self.strength.sliderReleased.connect(self.strength_settled)
        self.weight = QWidget()
        weight = QVBoxLayout(self.weight)
        weight.setContentsMargins(0, 0, 0, 0)
        weight.addWidget(styled(QLabel(self.tr("Strength")), "heading"))
        weight.addWidget(self.strength)
        weight.addWidget(self.share)
        weight.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 4)
        layout.addLayout(buttons)
        layout.addWidget(self.weight)
        layout.addWidget(self.thumbs, 1)
        layout.addWidget(self.hint, 1)
        self.thumbs.currentRowChanged.connect(self.chosen)
        self.show_variants(None)

    def show_variants(self, document: Document | None) -> None:
        """List the results of a document and mark the one that is shown."""
        results = () if document is None else document.results
        with QSignalBlocker(self.thumbs):
            if len(results) != len(self._shown) or any(a is not b for a, b in zip(results, self._shown, strict=False)):
                self.thumbs.clear()
                for variant, name in zip(results, variant_names(results, self.tr("Seed {0}")), strict=True):
                    assert document is not None
                    self.thumbs.append(self._picture(document, variant), self._short(name), self._tip(variant))
                self._shown = results
            self.thumbs.setVisible(bool(results))
            self.hint.setVisible(not results)
            at = next((i for i, v in enumerate(results) if document and v is document.shown), -1)
            self.thumbs.choose(at)
            if at < 0:
                self.thumbs.clearSelection()
        self.keep.setEnabled(at >= 0)
        self.discard.setEnabled(bool(results))
        strength = _strength(document)
        with QSignalBlocker(self.strength):
            self.strength.setValue(round(100 * (1.0 if strength is None else strength)))
        self.weight.setVisible(strength is not None)
        self._tell_strength()

    def _strength_moved(self, value: int) -> None:
        self._tell_strength()
        self.strength_wanted.emit(value / 100)
        if not self.strength.isSliderDown():  # a key or the wheel
            self.strength_settled.emit()

    def _tell_strength(self) -> None:
        self.share.setText(f"{self.strength.value()} %")

    def _picture(self, document: Document, variant: Variant) -> QPixmap:
        if variant not in self._pictures:
            self._pictures[variant] = variant_thumb(document, variant)
        return self._pictures[variant]

    def _short(self, name: str) -> str:
        return self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, THUMB + 14)

    def _tip(self, variant: Variant) -> str:
        text = self.tr("Seed {0}, {1} s on {2}").format(variant.seed, f"{variant.seconds:.1f}", variant.device)
        return text if not variant.notes else text + "\n" + "\n".join(spoken(note) for note in variant.notes)


class FilmStrip(QWidget):
    """The open photos."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("strip")
        self.thumbs = _Thumbs(self.tr("Open photos"))
        self.previous = tool_button("previous", self.tr("Previous photo"))
        self.next = tool_button("next", self.tr("Next photo"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 4)
        layout.addWidget(self.previous)
        layout.addWidget(self.thumbs, 1)
        layout.addWidget(self.next)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(STRIP_HEIGHT)
        self.thumbs.currentRowChanged.connect(self.chosen)
        self.previous.clicked.connect(lambda: self._step(-1))
        self.next.clicked.connect(lambda: self._step(1))
        self.hide()

    def show_photos(self, photos: Sequence[OpenPhoto], current: int) -> None:
        """List the photos."""
        with QSignalBlocker(self.thumbs):
            self.thumbs.clear()
            for photo in photos:
                self.thumbs.append(_photo_thumb(photo.document), self._name(photo), photo.title)
            self.thumbs.choose(current)
        self.setVisible(len(photos) > 1)

    def mark(self, photos: Sequence[OpenPhoto], current: int) -> None:
        """Show which are unsaved and which one is in front."""
        with QSignalBlocker(self.thumbs):
            for row, photo in enumerate(photos):
                item = self.thumbs.item(row)
                if item is not None:
                    item.setText(self._name(photo))
            self.thumbs.choose(current)

    def _name(self, photo: OpenPhoto) -> str:
        room = self.fontMetrics().elidedText(photo.title, Qt.TextElideMode.ElideMiddle, THUMB + 14)
        return f"• {room}" if photo.document.dirty else room

    def _step(self, by: int) -> None:
        count = self.thumbs.count()
        if count:
            self.thumbs.setCurrentRow((self.thumbs.currentRow() + by) % count)


def _strength(document: Document | None) -> float | None:
    """Of the shown variant or, where none is shown, of the kept one, 0..1."""
    if document is None:
        return None
    if document.shown is not None:
        return document.strength_of(document.shown)
    return None if document.kept is None else document.kept.strength


def _photo_thumb(document: Document) -> QPixmap:
    step = max(document.size.width, document.size.height) // (3 * THUMB)
    return thumb(rgb8(document.picture.sampled(max(1, step))))


def evenly(items: Sequence[Preview], most: int) -> list[Preview]:
    """At most `most` of the items, evenly picked, the last one among them."""
    if len(items) <= most:
        return list(items)
    return [items[round((i + 1) * len(items) / most) - 1] for i in range(most)]
