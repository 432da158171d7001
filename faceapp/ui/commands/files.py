"""Open, save, copy, paste, close: everything between the window and the disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

import engine
from faceapp import samples
from faceapp.editing.document import Document, Version
from faceapp.editing.variant import laid
from faceapp.jobs import JobDoor, Ticket
from faceapp.runs.file_job import marked
from faceapp.storage.project import SUFFIX, Snapshot, write_project
from faceapp.ui.commands import clipboard
from faceapp.ui.commands.save_dialog import ask_quality, ask_where, patterns, photo_types
from faceapp.ui.commands.workspace import OpenPhoto, Workspace, save_folder
from faceapp.ui.look.phrases import plain, spoken
from faceapp.ui.settings_store import Store


class FileCommands(QObject):
    """Reading and writing go through the job door; what to do is asked on the GUI thread."""

    told = Signal(str)
    """A sentence for the user."""
    saved = Signal(object)
    """An `OpenPhoto` has just been written."""

    def __init__(self, window: QWidget, workspace: Workspace, *, door: JobDoor, store: Store) -> None:
        super().__init__(window)
        self._window, self._workspace, self._door, self._store = window, workspace, door, store
        self.edited: Path | None = None
        """The file that another program waits for: Save writes over it, once that was asked."""
        self.edit_saved = False
        """Whether the edited file has been written over."""

    # -- open ------------------------------------------------------------------------------------------

    def open_dialog(self) -> None:
        """Ask for photos and projects."""
        names, _ = QFileDialog.getOpenFileNames(
            self._window,
            self.tr("Open"),
            self._store.value.open_folder,
            self.tr("Photos and projects ({0});;All files (*)").format(patterns((*engine.READABLE, SUFFIX))),
        )
        self.open_paths([Path(name) for name in names])

    def open_paths(self, paths: Sequence[Path]) -> list[Ticket]:
        """Open photos and projects; one that is open already comes to the front."""
        return [self._open(path) for path in paths if not self._shown(path)]

    def _shown(self, path: Path) -> bool:
        """Bring the photo of a file to the front; whether it is open."""
        known = self._workspace.find(path)
        if known is not None:
            self._workspace.show(known)
        return known is not None

    def _open(self, path: Path) -> Ticket:
        project = path.suffix.lower() == SUFFIX

        def work(_progress: object) -> Any:
            if project:
                from faceapp.storage.project_reading import read_project

                return read_project(path)

            document = Document(engine.read_photo(path), path=path)
            if path == samples.PORTRAIT:
                document.mask[...] = engine.read_mask(samples.PORTRAIT_MASK, document.size)
            return document

        def done(found: Any) -> None:
            if self._shown(path):
                return  # it was asked for twice
            if project:
                self._store.put(replace(self._store.value, **found.run_settings))
                photo = OpenPhoto(found.document, found.title or path.stem, project=path)
            else:
                photo = OpenPhoto(found, path.name)
            self._remember(path)
            self._workspace.add(photo)

        return self._door.submit(Ticket(self.tr("Open {0}").format(path.name), work, done=done))

    def _remember(self, path: Path) -> None:
        value = self._store.value.with_recent(path)
        self._store.put(replace(value, open_folder=str(path.parent.absolute())))

    def paste(self) -> None:
        """Open what the clipboard holds: files, or a picture."""
        self.take(QGuiApplication.clipboard().mimeData())

    def take(self, data: QMimeData) -> None:
        """Open what was pasted or dropped."""
        paths = clipboard.local_files(data)
        if paths:
            self.open_paths(paths)
            return
        photo = clipboard.photo(data)
        if photo is None:
            self.told.emit(self.tr("The clipboard holds no picture."))
            return
        document = Document(photo)
        document.history.mark_dirty()  # no file holds it yet
        self._workspace.add(OpenPhoto(document, self.tr("Pasted photo")))

    def copy(self) -> None:
        """Put what is to be seen into the clipboard."""
        document = self._workspace.document
        if document is None:
            return
        picture, shown = document.picture, document.seen

        def work(_progress: object) -> QImage:
            return clipboard.image(laid(picture, shown))

        def done(image: QImage) -> None:
            QGuiApplication.clipboard().setImage(image)
            self.told.emit(self.tr("The picture is in the clipboard."))

        self._door.submit(Ticket(self.tr("Copy picture"), work, done=done))

    # -- save ------------------------------------------------------------------------------------------

    def save(self, then: Callable[[], None] = lambda: None) -> None:
        """Save the current photo where it was saved before, or ask; a mask alone is saved as a project."""
        photo = self._workspace.current
        if photo is None:
            return
        if self._goes_back(photo):
            self.save_photo(then)
        elif photo.project is not None and photo.saved_as is None:
            self.write_project(photo, photo.project, then=then)
        elif photo.document.drafted and not photo.document.altered:
            self.save_project(then)
        else:
            self.save_photo(then)

    def save_photo(self, then: Callable[[], None] = lambda: None) -> None:
        """Save the current photo as a picture, where it was saved before, or ask."""
        photo = self._workspace.current
        if photo is None:
            return
        if photo.saved_as is not None:
            self.write_photo(photo, photo.saved_as, then=then)
        elif self.edited is not None and photo is self._workspace.find(self.edited):
            if self.edit_saved or self._may_write(photo, self.edited):
                self.write_photo(photo, self.edited, then=then)
        else:
            self.save_as(then)

    def _goes_back(self, photo: OpenPhoto) -> bool:
        """Whether another program waits for this photo, of which more than marks is new, project or not."""
        if self.edited is None or photo is not self._workspace.find(self.edited):
            return False
        document = photo.document
        return document.altered or bool(document.picture.tiles) or not document.drafted

    def save_as(self, then: Callable[[], None] = lambda: None) -> None:
        """Ask where to save the current photo."""
        photo = self._workspace.current
        if photo is None:
            return
        path = ask_where(self._window, self.tr("Save as"), start=self.suggestion(photo), types=photo_types())
        if path is not None and self._may_write(photo, path):
            self.write_photo(photo, path, then=then)

    def suggestion(self, photo: OpenPhoto, folder: Path | None = None) -> Path:
        """A free name beside the original, or in `folder`: `<name>-restored`, in the original's format."""
        source, folder = photo.source, folder or save_folder(photo, self._store.value)
        suffix = "" if source is None else source.suffix
        if suffix.lower() not in engine.WRITABLE:
            suffix = ".png"
        stem = f"{Path(photo.title).stem}-restored"
        path = folder / f"{stem}{suffix}"
        number = 2
        while path.exists():
            path = folder / f"{stem}-{number}{suffix}"
            number += 1
        return path

    def _may_write(self, photo: OpenPhoto, path: Path) -> bool:
        """Ask before the original is overwritten, and say what the format cannot hold."""
        source = photo.source
        if source is not None and path.exists() and source.exists() and path.samefile(source):
            text = self.tr("{0} is the original photo. Overwrite it? It cannot be brought back.").format(path.name)
            if not self._ask(text, self.tr("Overwrite the original")):
                return False
        lost = [spoken(loss) for loss in engine.losses(photo.document.original, path.suffix)]
        jpeg = path.suffix.lower() in engine.FORMATS["JPEG"].suffixes
        if jpeg and photo.document.original.metadata.jpeg is None:  # else the source's own tables are kept
            return self._chose_quality(photo, lost)
        photo.quality = None
        if lost:
            text = self.tr("This format cannot hold everything:") + "\n\n" + "\n".join(lost)
            return self._ask(text, self.tr("Save all the same"))
        return True

    def _chose_quality(self, photo: OpenPhoto, lost: Sequence[str]) -> bool:
        """Ask how finely a JPEG is compressed, and say there what it cannot hold."""
        quality = ask_quality(self._window, self._store.value.jpeg_quality, lost)
        if quality is not None:
            photo.quality = quality
            self._store.put(replace(self._store.value, jpeg_quality=quality))
        return quality is not None

    def _ask(self, text: str, button: str) -> bool:
        box = QMessageBox(QMessageBox.Icon.Warning, self.tr("FaceMend"), plain(text), parent=self._window)
        yes = box.addButton(button, QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is yes

    def write_photo(self, photo: OpenPhoto, path: Path, *, then: Callable[[], None] = lambda: None) -> Ticket:
        """Write the photo as it is to be seen: a variant that is shown is kept first."""
        document = photo.document
        document.keep_shown(self.tr("Restore"))
        picture, version, quality = document.picture, document.version, photo.quality
        mark = picture.drawn and self._store.value.mark_files
        left = document.drafted and document.dirty  # what no picture file holds, and no project yet

        def work(_progress: object) -> tuple[engine.Sentence, ...]:
            made, unmarked = marked(picture.photo()) if mark else (picture.photo(), ())
            surprises = engine.write_photo(made, path, force=True, quality=quality)
            engine.remove_remains(path.parent)
            return surprises + unmarked

        def done(surprises: tuple[engine.Sentence, ...]) -> None:
            self._written(photo, path, version)
            said = self.tr("Saved {0}").format(path.name)
            if left:
                document.history.mark_dirty()
                said = self.tr("Saved {0}. The mask is not in it: save the project to keep it.").format(path.name)
            self.told.emit(" ".join([said, *map(spoken, surprises)]))
            then()

        return self._door.submit(Ticket(self.tr("Save {0}").format(path.name), work, done=done, saves=True))

    def _written(self, photo: OpenPhoto, path: Path | None, version: Version) -> None:
        document, (state, offers) = photo.document, version
        if document.history.state == state:
            document.mark_saved(path, offers)
        elif path is not None:
            document.path = path  # changed while it was written: still dirty
        if path is not None:
            self._store.put(replace(self._store.value, save_folder=str(path.parent.absolute())))
            self.edit_saved |= self.edited is not None and path.samefile(self.edited)
        self.saved.emit(photo)

    def save_project(self, then: Callable[[], None] = lambda: None) -> None:
        """Ask for a name and write the project file there."""
        photo = self._workspace.current
        if photo is None:
            return
        start = photo.project or save_folder(photo, self._store.value) / f"{Path(photo.title).stem}{SUFFIX}"
        types = (self.tr("FaceMend project (*{0})").format(SUFFIX),)
        path = ask_where(self._window, self.tr("Save project"), start=start, types=types)
        if path is not None:
            self.write_project(photo, path, then=then)

    def write_project(self, photo: OpenPhoto, path: Path, *, then: Callable[[], None] = lambda: None) -> Ticket:
        """Write the project file with the photo in it."""
        document = photo.document
        snapshot = Snapshot.of(document, self._store.value, title=photo.title)
        version = document.version

        def done(_nothing: object) -> None:
            photo.project = path
            self._written(photo, None, version)
            self._store.put(self._store.value.with_recent(path))
            self.told.emit(self.tr("Saved {0}").format(path.name))
            then()

        name = self.tr("Save {0}").format(path.name)
        return self._door.submit(Ticket(name, lambda _progress: write_project(snapshot, path), done=done, saves=True))

    def save_all(self, then: Callable[[], None] = lambda: None) -> None:
        """Save every photo that changed; new ones go under free names into one folder, which is asked for.

        A mask or edges that are left go into a project file.  `then` after the last of them, if none failed.
        """
        dirty = [photo for photo in self._workspace.photos if photo.document.dirty]
        new = [photo for photo in dirty if photo.saved_as is None and photo.project is None]
        folder = Path()
        if new:
            start = save_folder(new[0], self._store.value)
            name = QFileDialog.getExistingDirectory(self._window, self.tr("Save new photos to"), str(start))
            if not name:
                return
            folder = Path(name)
        taken: set[Path] = set()
        writes = [write for photo in dirty for write in self._writes(photo, folder, taken)]
        left = len(writes)

        def saved() -> None:
            nonlocal left
            left -= 1
            if not left:
                then()

        for write in writes:
            write(then=saved)

    def _writes(self, photo: OpenPhoto, folder: Path, taken: set[Path]) -> list[Callable[..., Ticket]]:
        """What has to be written so that nothing of a changed photo is lost; what is new, under free names."""
        document, project = photo.document, photo.project
        if project is not None and photo.saved_as is None:
            return [partial(self.write_project, photo, project)]
        writes: list[Callable[..., Ticket]] = []
        drafted = document.drafted and document.shown is None  # a shown result takes its mask along
        if document.altered or not drafted:
            path = photo.saved_as or self._free(self.suggestion(photo, folder), taken)
            taken.add(path)
            writes.append(partial(self.write_photo, photo, path))
        if drafted:
            beside = photo.saved_as.parent if photo.saved_as is not None else folder
            path = project or self._free(beside / f"{Path(photo.title).stem}{SUFFIX}", taken)
            taken.add(path)
            writes.append(partial(self.write_project, photo, path))
        return writes

    @staticmethod
    def _free(path: Path, taken: set[Path]) -> Path:
        """Two photos of one name, saved in one go, need two names."""
        number, stem = 2, path.stem
        while path in taken or path.exists():
            path = path.with_stem(f"{stem}-{number}")
            number += 1
        return path

    # -- recovery --------------------------------------------------------------------------------------

    def recover(self, paths: Sequence[Path], done: Callable[[], None]) -> list[Ticket]:
        """Open autosaved projects as unsaved photos; `done` after the last one."""
        tickets = [self._recover(path) for path in paths]
        left = set(tickets)

        def ended(ticket: Ticket) -> None:
            left.discard(ticket)
            if not left:
                done()

        for ticket in tickets:
            ticket.ended = partial(ended, ticket)
        return tickets

    def _recover(self, path: Path) -> Ticket:
        def work(_progress: object) -> Any:
            from faceapp.storage.project_reading import read_project

            return read_project(path)

        def opened(project: Any) -> None:
            project.document.history.mark_dirty()
            self._workspace.add(OpenPhoto(project.document, project.title or self.tr("Recovered photo")))

        return self._door.submit(Ticket(self.tr("Recover"), work, done=opened))
