"""Autosave while the application runs: every so often what has changed is written, to be there after a crash."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer

from engine import Sentence
from faceapp.editing.document import Version
from faceapp.jobs import JobDoor, Ticket
from faceapp.settings import Settings
from faceapp.storage.project import Snapshot
from faceapp.storage.recovery import Recovery
from faceapp.ui.commands.workspace import OpenPhoto, Workspace
from faceapp.ui.settings_store import Store


class Autosave(QObject):
    """Every so often, snapshots what has changed and lets the worker write it."""

    def __init__(
        self,
        workspace: Workspace,
        door: JobDoor,
        *,
        store: Store,
        recovery: Recovery,
        failed: Callable[[Sentence], None],
    ) -> None:
        """`failed` hears why the recovery folder cannot be written; once, until it can."""
        super().__init__(workspace)
        self._workspace, self._door, self._store, self._recovery = workspace, door, store, recovery
        self._failed = failed
        self._states: dict[int, Version | None] = {}
        """For each key, the version that are on disk or on their way; None: they failed."""
        self._failing = False
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
            if self._states.get(photo.key) != document.version:
                self._states[photo.key] = document.version
                tickets.append(self._save(photo))
        return tickets

    @property
    def failing(self) -> bool:
        """Whether the latest autosave of some open photo failed."""
        return any(state is None for state in self._states.values())

    def renew(self, photo: OpenPhoto) -> None:
        """The photo has been written; if it changed meanwhile, what it was read from may be another file now."""
        if not photo.document.dirty:
            self.forget(photo)
        elif photo.key in self._states:
            self._states[photo.key] = None
            self.save_now()

    def forget(self, photo: OpenPhoto) -> None:
        """The photo is on disk in its own right."""
        self._drop(photo.key)

    def _drop(self, key: int) -> None:
        if key in self._states:
            del self._states[key]
            recovery = self._recovery
            # By the door: an autosave on its way must not put the file back.
            self._door.submit(
                Ticket(self.tr("Autosave"), lambda _progress: recovery.forget(key), failed=lambda _: None, quiet=True)
            )

    def _save(self, photo: OpenPhoto) -> Ticket:
        snapshot = Snapshot.of(photo.document, self._store.value, title=photo.title)
        key, recovery = photo.key, self._recovery
        ticket = Ticket(
            self.tr("Autosave"),
            lambda _progress: recovery.save(key, snapshot),
            done=self._worked,
            failed=partial(self._fail, key),
            quiet=True,
        )
        return self._door.submit(ticket)

    def _worked(self, _nothing: object) -> None:
        self._failing = self.failing

    def _fail(self, key: int, why: Sentence) -> None:
        """Try again next time: a disk that is full or away for a moment must not end autosave."""
        if key in self._states:
            self._states[key] = None
        if not self._failing:
            self._failed(why)
        self._failing = True

    def _forget_closed(self) -> None:
        open_keys = {photo.key for photo in self._workspace.photos}
        for key in [key for key in self._states if key not in open_keys]:
            self._drop(key)

    def _pace(self, value: Settings) -> None:
        self._timer.stop()
        if value.autosave_seconds > 0:
            self._timer.start(value.autosave_seconds * 1000)
