"""Autosave while the application runs, and the offer to go on where a crash has ended."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from faceapp.document import Variant
from faceapp.jobs import JobDoor, Ticket
from faceapp.project import Snapshot
from faceapp.recovery import Recovery
from faceapp.settings import Settings
from faceapp.ui.store import Store
from faceapp.ui.workspace import OpenPhoto, Workspace


class Autosave(QObject):
    """Every so often, snapshots what has changed and lets the worker write it."""

    def __init__(
        self,
        workspace: Workspace,
        door: JobDoor,
        *,
        store: Store,
        recovery: Recovery,
        failed: Callable[[str], None],
    ) -> None:
        """`failed` hears why the recovery folder cannot be written, once."""
        super().__init__(workspace)
        self._workspace, self._door, self._store, self._recovery = workspace, door, store, recovery
        self._failed = failed
        self._states: dict[int, tuple[int, tuple[Variant, ...]]] = {}
        """For each key, the history state and the results that are on disk."""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.save_now)
        workspace.list_changed.connect(self._forget_closed)
        store.changed.connect(lambda _before, value: self._pace(value))
        self._pace(store.value)

    def save_now(self) -> list[Ticket]:
        """Autosave every photo that changed since the last time."""
        tickets = []
        for photo in self._workspace.photos:
            document = photo.document
            if not document.dirty:
                self.forget(photo)
                continue
            state = document.history.state, document.results
            if self._states.get(photo.key) != state:
                self._states[photo.key] = state
                tickets.append(self._save(photo))
        return tickets

    def forget(self, photo: OpenPhoto) -> None:
        """The photo is on disk in its own right."""
        if self._states.pop(photo.key, None) is not None:
            self._recovery.forget(photo.key)

    def _save(self, photo: OpenPhoto) -> Ticket:
        snapshot = Snapshot.of(photo.document, self._store.value, title=photo.title)
        key, recovery = photo.key, self._recovery
        ticket = Ticket(
            self.tr("Autosave"), lambda _progress: recovery.save(key, snapshot), failed=self._fail, quiet=True
        )
        return self._door.submit(ticket)

    def _fail(self, text: str) -> None:
        self._timer.stop()
        self._failed(text)

    def _forget_closed(self) -> None:
        open_keys = {photo.key for photo in self._workspace.photos}
        for key in [key for key in self._states if key not in open_keys]:
            del self._states[key]
            self._recovery.forget(key)

    def _pace(self, value: Settings) -> None:
        self._timer.stop()
        if value.autosave_seconds > 0:
            self._timer.start(value.autosave_seconds * 1000)
