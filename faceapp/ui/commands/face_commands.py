"""Faces and edges of the current document: find, delete, the live Canny picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

import engine
from engine.geometry import CHIP, U8, Box, Frame
from engine.request import Canny
from faceapp.editing.document import Document
from faceapp.jobs import JobDoor, Ticket
from faceapp.ui.commands.reference_commands import ReferenceCommands
from faceapp.ui.commands.workspace import Workspace
from faceapp.ui.settings_store import Store


class FaceCommands(QObject):
    """Works on frames and edges; the photo is cut up on the worker, a chip's Canny map is made at once."""

    told = Signal(str)
    """A sentence for the user."""

    def __init__(
        self, workspace: Workspace, door: JobDoor, store: Store, *, models: Callable[[], engine.Models]
    ) -> None:
        """`models` loads the networks; the worker calls it."""
        super().__init__(workspace)
        self._workspace, self._door, self._store, self._models = workspace, door, store, models
        self.references = ReferenceCommands(workspace, door, store)
        self.references.told.connect(self.told)
        self.live = True
        """Whether the edges of what is visible are shown and kept up to date."""
        self._chips: dict[Frame, tuple[U8, U8]] = {}
        """For each frame of the current document (CHIP, CHIP, 3) RGB and (CHIP, CHIP) known, both uint8."""
        self._cutting: Ticket | None = None
        self._later = QTimer(self, interval=150, singleShot=True)
        self._later.timeout.connect(self._cut)
        workspace.current_changed.connect(self._forget)
        workspace.document_changed.connect(self._changed)

    # -- faces -----------------------------------------------------------------------------------------

    def find(self) -> None:
        """Look for faces and replace the frames with theirs."""
        document = self._workspace.document
        if document is None:
            return
        picture, original = document.picture, document.original

        def work(_progress: object) -> tuple[Frame, ...]:
            return tuple(face.frame for face in engine.find_faces(picture.photo()))

        def done(frames: tuple[Frame, ...]) -> None:
            if self._workspace.holding(document) is None or document.original is not original:
                return  # it has been closed, cropped or turned since
            if not frames:
                self.told.emit(self.tr("No face was found: draw a frame around it with the face frame tool."))
            elif frames != document.frames:
                document.set_frames(frames, self.tr("Find faces"), selected=0)

        self._door.submit(Ticket(self.tr("Find faces"), work, done=done, owner=document))

    def fit(self) -> None:
        """Turn the active frame, drawn roughly around a head, into the frame of the face in it."""
        document = self._workspace.document
        if document is None or not document.frames:
            return
        picture, mask, models = document.picture, document.masks["missing"].copy(), self._models
        rough = document.frames[document.selected]

        def work(_progress: object) -> Frame | None:
            return engine.fit_frame(picture.photo(), mask, rough, models().networks)

        def done(fitted: Frame | None) -> None:
            if self._workspace.holding(document) is None:
                return
            if fitted is None:
                told = self.tr("No face is sure here: lay the rings over the eyes and the line over the mouth by hand.")
                self.told.emit(told)
            elif rough in document.frames:
                index = document.frames.index(rough)
                frames = [*document.frames[:index], fitted, *document.frames[index + 1 :]]
                document.set_frames(frames, self.tr("Fit frame to face"), selected=index)

        self._door.submit(Ticket(self.tr("Fit to face"), work, done=done, owner=document))

    def delete(self) -> None:
        """Delete the active frame."""
        document = self._workspace.document
        if document is not None and document.frames:
            frames = [f for i, f in enumerate(document.frames) if i != document.selected]
            document.set_frames(frames, self.tr("Delete frame"))

    def clear_edges(self) -> None:
        """Forget the drawn edges of the active frame."""
        document = self._workspace.document
        if document is not None and document.frames and document.edges[document.selected] is not None:
            document.set_edges(document.selected, None, self.tr("Clear drawn edges"))

    # -- live edges ------------------------------------------------------------------------------------

    def set_live(self, on: bool) -> None:
        """Show the visible part's edges, or not."""
        self.live = on
        document = self._workspace.document
        if document is None:
            return
        if on:
            self._later.start()
        else:
            for index in range(len(document.frames)):
                document.set_visible_edges(index, None)

    def refresh(self) -> None:
        """The thresholds changed: draw the chips' edges again (under a millisecond a face)."""
        document = self._workspace.document
        if document is None or not self.live:
            return

        thresholds = Canny(self._store.value.canny_low, self._store.value.canny_high)
        for index, frame in enumerate(document.frames):
            if frame in self._chips:
                rgb, known = self._chips[frame]
                document.set_visible_edges(index, engine.canny(rgb, known, thresholds))

    def _changed(self, what: str, _box: Box) -> None:
        if what == "shape":
            self._forget()
        if what in ("mask", "photo", "frames") and self.live:
            self._later.start()

    def _forget(self) -> None:
        self._chips = {}
        self._later.start()

    def _cut(self) -> None:
        document = self._workspace.document
        if document is None or not self.live or not document.frames:
            return
        if self._cutting is not None and not self._cutting.over:
            self._later.start()
            return
        picture, mask, frames = document.picture, _marks(document), document.frames

        def work(_progress: object) -> dict[Frame, tuple[U8, U8]]:
            photo = picture.photo()
            return {frame: cut_chip(photo, mask, frame) for frame in frames}

        self._cutting = self._door.submit(
            Ticket(self.tr("Edges"), work, done=lambda chips: self._have(document, chips), quiet=True)
        )

    def _have(self, document: Document, chips: dict[Frame, tuple[U8, U8]]) -> None:
        if document is self._workspace.document:
            self._chips = chips
            self.refresh()


def _marks(document: Document) -> U8:
    """A copy of what is marked, as missing or as blurred: there the photo's edges tell nothing."""
    marks: U8 = engine.united(*document.masks.values())
    return marks


def cut_chip(photo: Any, mask: U8, frame: Frame) -> tuple[U8, U8]:
    """(CHIP, CHIP, 3) uint8 RGB of a frame and (CHIP, CHIP) uint8, 0 in holes and outside the photo."""
    chip, valid = engine.cut(photo, frame, CHIP)
    hole = engine.cut_mask(mask, frame, CHIP)
    known = ((np.asarray(valid) > 0.5) & (hole <= engine.HOLE_COVERAGE)).astype(np.uint8) * 255
    return np.clip(np.rint(chip * 255), 0, 255).astype(np.uint8), known
