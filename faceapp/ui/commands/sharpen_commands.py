"""Blurred faces: which kind of damage the tools paint, marking faces, and where a result changed the photo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

import engine
from engine.geometry import U8, Frame
from faceapp.editing import mask_tools
from faceapp.editing.document import Document, Kind
from faceapp.jobs import JobDoor, Ticket
from faceapp.ui.commands.save_dialog import ask_where, type_of
from faceapp.ui.commands.workspace import OpenPhoto, Workspace, save_folder
from faceapp.ui.settings_store import Store


class SharpenCommands(QObject):
    """Works on the current document's mask of what is blurred."""

    told = Signal(str)
    """A sentence for the user."""
    kind_changed = Signal(str)
    """The tools paint another kind of damage now."""

    def __init__(self, window: QWidget, workspace: Workspace, *, door: JobDoor, store: Store) -> None:
        super().__init__(window)
        self._window, self._workspace, self._door, self._store = window, workspace, door, store
        self.kind: Kind = "missing"
        workspace.current_changed.connect(self._follow)

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
            if not frames:
                self.told.emit(self.tr("No face was found: draw a frame around it with the face frame tool."))
            elif self._workspace.holding(document) is not None:
                document.set_frames(frames, self.tr("Find faces"), selected=0)
                self._mark(document, frames, name)

        self._door.submit(Ticket(name, work, done=done))

    def _mark(self, document: Document, frames: tuple[Frame, ...], name: str) -> None:
        document.keep_shown(self.tr("Restore"))
        found: U8 = engine.mark_faces(frames, document.size)
        document.edit_mask(name, lambda mask: mask_tools.replace(mask, engine.united(mask, found)), kind="blurred")
        self.told.emit(self.tr("Marked as blurred, in blue: Restore makes it sharp."))

    def enlarge(self, factor: int) -> None:
        """Open the photo `factor` times as wide and high, with its marks and frames, as a new one."""
        photo = self._workspace.current
        if photo is None:
            return
        document, title = photo.document, f"{Path(photo.title).stem} {factor}×"
        document.keep_shown(self.tr("Restore"))
        picture, frames = document.picture, document.frames
        masks = {kind: mask.copy() for kind, mask in document.masks.items() if mask.any()}

        def work(_progress: object) -> Document:
            source = picture.photo()
            engine.check_enlarging(source, factor, suffix=".png")
            large = Document(replace(engine.enlarged(source, factor), path=None))
            for kind, mask in masks.items():
                large.masks[kind][...] = mask.repeat(factor, 0).repeat(factor, 1)
            scaled = [replace(f, cx=f.cx * factor, cy=f.cy * factor, side=f.side * factor) for f in frames]
            large.set_frames(scaled, "")
            large.history.clear()
            return large

        def done(large: Document) -> None:
            self._workspace.add(OpenPhoto(large, title))

        self._door.submit(Ticket(self.tr("Enlarge"), work, done=done))

    def export_changes(self) -> None:
        """Ask for a name and write there where the shown variant changes the photo."""
        photo = self._workspace.current
        if photo is None or photo.document.shown is None:
            return
        start = save_folder(photo, self._store.value) / f"{Path(photo.title).stem}-changes.png"
        types = (type_of(engine.FORMATS["PNG"]),)
        path = ask_where(self._window, self.tr("Export change map"), start=start, types=types)
        if path is not None:
            self.export_changes_to(path)

    def export_changes_to(self, path: Path) -> None:
        """Write the change map; the dialog has asked about replacing."""
        document = self._workspace.document
        if document is None or document.shown is None:
            return
        picture, variant = document.picture, document.shown
        after = picture.patched(variant.box, document.pixels_of(variant))

        def work(_progress: object) -> None:
            changes = engine.change_map(picture.photo(), after.photo(), box=variant.box)
            engine.write_photo(changes, path, force=True)

        self._door.submit(Ticket(self.tr("Export change map"), work, saves=True))
        self._store.put(replace(self._store.value, save_folder=str(path.parent)))
