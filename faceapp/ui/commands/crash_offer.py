"""Autosave for this window, and the offer to go on where a crash has ended."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from faceapp.jobs import JobDoor, Ticket
from faceapp.storage import recovery
from faceapp.storage.recovery import Leftover, Recovery
from faceapp.ui.commands.autosave import Autosave
from faceapp.ui.commands.files import FileCommands
from faceapp.ui.commands.workspace import Workspace
from faceapp.ui.notice import Notice
from faceapp.ui.settings_store import Store


class CrashOffer(QObject):
    """Holds this instance's recovery folder and what crashed ones left."""

    def __init__(self, workspace: Workspace, *, store: Store, files: FileCommands) -> None:
        super().__init__(workspace)
        self._workspace, self._store, self._files = workspace, store, files
        self.door = JobDoor(self)
        """Autosave's own: what is done while a long run goes on must be safe as well."""
        self._leftovers: list[Leftover] = []
        self.recovery: Recovery | None = None
        self.autosave: Autosave | None = None

    def start(self, root: Path, notice: Notice) -> None:
        """Autosave below `root` from now on, and offer what lies there."""
        try:
            self.recovery = Recovery(root)
        except OSError as error:
            notice.tell(self.tr("Autosave is off: {0}").format(error.strerror or error))
            return
        self.autosave = Autosave(
            self._workspace, self.door, store=self._store, recovery=self.recovery, failed=notice.tell
        )
        self._files.saved.connect(self.autosave.renew)
        self._leftovers = recovery.leftovers(root)
        count = sum(len(left.files) for left in self._leftovers)
        if count:
            notice.ask(
                self.tr("FaceMend did not end well last time: 1 unsaved photo was kept.")
                if count == 1
                else self.tr("FaceMend did not end well last time: {0} unsaved photos were kept.").format(count),
                self.tr("Recover"),
                self.recover,
            )

    def recover(self) -> None:
        """Open what was left; it is removed once it is safe in this instance's own folder."""
        lefts, self._leftovers = self._leftovers, []
        tickets: list[Ticket] = []

        def settle(*, safe: bool) -> None:
            for left in lefts:
                if safe:
                    left.discard()
                else:
                    left.release()  # it is offered again next time

        def opened() -> None:
            autosave = self.autosave
            if autosave is None or any(ticket.state != "done" for ticket in tickets):
                settle(safe=False)
                return
            autosave.save_now()
            last = Ticket("", lambda _progress: None, quiet=True)  # behind all that is on its way to the disk
            last.ended = lambda: settle(safe=last.state == "done" and not autosave.failing)
            self.door.submit(last)

        tickets += self._files.recover([file for left in lefts for file in left.files], opened)

    def close(self) -> None:
        """A clean exit: ours goes, what was offered and not taken stays."""
        for left in self._leftovers:
            left.release()
        self._leftovers = []
        self.door.close()
        if self.recovery is not None:
            self.recovery.close()
