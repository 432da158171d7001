"""Blurred faces: which kind of damage the tools paint, marking faces, and enlarging the photo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

import engine
from engine.geometry import U8, Frame
from faceapp.editing import mask_tools
from faceapp.editing.document import Document, Kind
from faceapp.jobs import JobDoor, Ticket
from faceapp.ui.commands.workspace import OpenPhoto, Workspace


class SharpenCommands(QObject):
    """Works on the current document's mask of what is blurred."""

    told = Signal(str)
    """A sentence for the user."""
    withdrawn = Signal(str)
    """A sentence that has had its time."""
    kind_changed = Signal(str)
    """The tools paint another kind of damage now."""

    def __init__(self, workspace: Workspace, door: JobDoor) -> None:
        super().__init__(workspace)
        self._workspace, self._door = workspace, door
        self.kind: Kind = "missing"
        self._marked = self.tr("Marked as blurred, in blue: Restore makes it sharp.")
        workspace.current_changed.connect(self._follow)
        workspace.document_changed.connect(
            lambda what, _box: self.withdrawn.emit(self._marked) if what == "results" else None
        )

    def set_kind(self, kind: Kind) -> None:
        """Let all mask tools and commands work on this kind of damage, in every photo."""
        self.kind = kind
        self._follow()
        self.kind_changed.emit(kind)

    def _follow(self) -> None:
        if document := self._workspace.document:
            document.kind = self.kind

    def sharpen_face(self) -> None:
        """Mark the active frame's face as blurred."""
        document = self._workspace.document
        if document is not None and document.frames:
            self._mark(document, (document.frames[document.selected],), self.tr("Sharpen face"))

    def sharpen_all(self) -> None:
        """Mark all faces as blurred: those that are framed, or else those that are found."""
        document = self._workspace.document
        if document is None:
            return
        name = self.tr("Sharpen all faces")
        if document.frames:
            self._mark(document, document.frames, name)
            return
        picture = document.picture

        def work(_progress: object) -> tuple[Frame, ...]:
            return tuple(face.frame for face in engine.find_faces(picture.photo()))

        def done(frames: tuple[Frame, ...]) -> None:
            if self._workspace.holding(document) is None:
                return
            if not frames:
                self.told.emit(self.tr("No face was found: draw a frame around it with the face frame tool."))
            else:
                document.set_frames(frames, self.tr("Find faces"), selected=0)
                self._mark(document, frames, name)

        self._door.submit(Ticket(name, work, done=done, owner=document))

    def _mark(self, document: Document, frames: tuple[Frame, ...], name: str) -> None:
        document.keep_shown(self.tr("Restore"))
        found: U8 = engine.mark_faces(frames, document.size)
        document.edit_mask(name, lambda mask: mask_tools.replace(mask, engine.united(mask, found)), kind="blurred")
        self.told.emit(self._marked)

    def enlarge(self, factor: int) -> None:
        """Open the photo `factor` times as wide and high, with its marks and frames, as a new one."""
        photo = self._workspace.current
        if photo is None:
            return
        document, title = photo.document, f"{Path(photo.title).stem} {factor}×"
        document.keep_shown(self.tr("Restore"))
        picture, frames, reference = document.picture, document.frames, document.reference
        masks = {kind: mask.copy() for kind, mask in document.masks.items() if mask.any()}

        def work(_progress: object) -> Document:
            source = picture.photo()
            engine.check_enlarging(source, factor, suffix=".png")
            large = Document(replace(engine.enlarged(source, factor), path=None), drawn=picture.drawn)
            for kind, mask in masks.items():
                large.masks[kind][...] = mask.repeat(factor, 0).repeat(factor, 1)
            scaled = [replace(f, cx=f.cx * factor, cy=f.cy * factor, side=f.side * factor) for f in frames]
            large.set_frames(scaled, "")
            large.set_reference(reference, "")
            large.history.clear()
            large.history.mark_dirty()  # no file holds it yet
            return large

        def done(large: Document) -> None:
            self._workspace.add(OpenPhoto(large, title, origin=photo.source))

        self._door.submit(Ticket(self.tr("Enlarge"), work, done=done))
