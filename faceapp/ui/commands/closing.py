"""Closing photos and the window: what is not saved yet is offered to be, as what can hold it.

Nothing of it is lost on the way: what is being saved is saved before the window closes, and who goes on working
meanwhile is asked about that too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QMessageBox, QWidget

from faceapp.editing.document import Version
from faceapp.jobs import JobDoor, Ticket
from faceapp.ui.commands.files import FileCommands
from faceapp.ui.commands.workspace import OpenPhoto, Workspace
from faceapp.ui.look.phrases import plain

Answer = Literal["photo", "project", "all", "discard", "cancel"]
MOST_NAMED = 12
"""How many photos a question names."""
BUTTON_ROOM = 36
"""Pixels beside a button's text."""


class Closing(QObject):
    """Asks before anything is lost."""

    told = Signal(str)
    """A sentence for the user."""

    def __init__(self, window: QWidget, workspace: Workspace, files: FileCommands, door: JobDoor) -> None:
        super().__init__(window)
        self._window, self._workspace, self._files, self._door = window, workspace, files, door
        self._given_up: dict[int, Version] | None = None
        """While the window is to close after what is being saved: what each photo, by its key, may be closed with."""
        self._quitting = False
        """Whether the window is to close; who calls a later question off calls that off too."""
        door.queue_changed.connect(self._close_when_saved)
        door.failed.connect(self._stay)

    def close_current(self) -> None:
        """Close the photo in front, asking if it has changes."""
        photo = self._workspace.current
        if photo is not None and (not photo.document.dirty or self._settled(photo, quit_after=False)):
            self._workspace.remove(photo)

    def may_quit(self) -> bool:
        """Ask about unsaved photos; whether the window may close now.

        Then what does not save is cancelled.  What does is finished first, and the window closes after it.
        """
        given_up, self._given_up, self._quitting = self._given_up or {}, None, True
        dirty = [p for p in self._workspace.photos if p.document.dirty and given_up.get(p.key) != p.document.version]
        if len(dirty) == 1 and not self._settled(dirty[0], quit_after=True):
            return False
        if len(dirty) > 1 and not self._all_settled(dirty):
            return False
        self._door.cancel_all()
        if not self._door.saving:
            return True
        self._given_up = {photo.key: photo.document.version for photo in self._workspace.photos}
        self.told.emit(self.tr("The window closes as soon as everything is saved."))
        return False

    def _close_when_saved(self) -> None:
        if self._given_up is not None and not self._door.saving:
            self._close_window()

    def _stay(self, ticket: Ticket) -> None:
        """What could not be saved is told in the window."""
        if ticket.saves:
            self._given_up = None

    def _all_settled(self, photos: Sequence[OpenPhoto]) -> bool:
        """Ask about several photos: whether the window may close now.  It does once they are saved."""
        answer = self._ask_about_all(photos)
        if answer == "all":
            self._workspace.show(photos[0])
            before = self._door.saving
            self._files.save_all(then=self._close_window)
            self._make_way(before)
        self._quitting = answer != "cancel"
        return answer == "discard"

    def _settled(self, photo: OpenPhoto, *, quit_after: bool) -> bool:
        """Ask about one photo: whether it may go now.  One that is being saved goes once it is.

        If more was done to it meanwhile, that is asked about again.
        """
        self._workspace.show(photo)
        answer = self._ask_about(photo)
        if photo not in self._workspace.photos:
            return True  # it was being saved, and is closed
        self._workspace.show(photo)  # another may have been opened since it was asked

        def saved() -> None:
            more = photo in self._workspace.photos and photo.document.version != handed_in
            if more and not self._settled(photo, quit_after=quit_after):
                return
            self._workspace.remove(photo)
            if quit_after:
                self._close_window()

        before = self._door.saving
        if answer == "photo":
            self._files.save_photo(then=saved)
        elif answer == "project":
            if photo.project is not None:
                self._files.write_project(photo, photo.project, then=saved)
            else:
                self._files.save_project(then=saved)
        handed_in = photo.document.version  # now: a variant that was shown has been kept, to be saved
        if quit_after:
            self._make_way(before)
            self._quitting = answer != "cancel"
        return answer == "discard"

    def _make_way(self, before: tuple[Ticket, ...]) -> None:
        """What is saved for the window to close, if a file was chosen, does not wait for what closing ends anyway."""
        if any(ticket not in before for ticket in self._door.saving):
            self._door.cancel_all()

    def _close_window(self) -> None:
        if self._quitting:
            self._window.close()

    # -- questions -------------------------------------------------------------------------------------

    def _ask_about(self, photo: OpenPhoto) -> Answer:
        document = photo.document
        answers: list[tuple[str, Answer]] = [(self.tr("Save &project"), "project")]
        if document.altered:
            answers.insert(0, (self.tr("&Save photo"), "photo"))
        detail = self.tr(
            "A photo holds the picture only; a project also holds mask, edges, frames, reference and variants."
        )
        return self._ask(self.tr("Save the changes to {0}?").format(photo.title), detail, answers)

    def _ask_about_all(self, photos: Sequence[OpenPhoto]) -> Answer:
        named = [photo.title for photo in photos[:MOST_NAMED]]
        if len(photos) > MOST_NAMED:
            named.append(self.tr("and {0} more").format(len(photos) - MOST_NAMED))
        text = self.tr("{0} photos have unsaved changes. Save them?").format(len(photos))
        return self._ask(text, "\n".join(named), [(self.tr("&Save all"), "all")])

    def _ask(self, text: str, detail: str, answers: Sequence[tuple[str, Answer]]) -> Answer:
        """The answer that was clicked; the first one is offered."""
        box = QMessageBox(QMessageBox.Icon.Question, self.tr("FaceMend"), plain(text), parent=self._window)
        box.setInformativeText(detail)
        buttons = {box.addButton(name, QMessageBox.ButtonRole.AcceptRole): answer for name, answer in answers}
        buttons[box.addButton(QMessageBox.StandardButton.Discard)] = "discard"
        box.setEscapeButton(box.addButton(QMessageBox.StandardButton.Cancel))
        first = next(button for button, answer in buttons.items() if answer == answers[0][1])
        box.setDefaultButton(first)
        bold = QFont(first.font())
        bold.setBold(True)  # the style sheet's default button, of which the layout does not know
        first.setMinimumWidth(QFontMetrics(bold).horizontalAdvance(first.text()) + BUTTON_ROOM)
        box.exec()
        clicked = box.clickedButton()
        return next((answer for button, answer in buttons.items() if button is clicked), "cancel")
