"""Crop, quarter turns, mirror and straighten: computed on the worker, installed as one undo step."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from faceapp.editing.reshaping import Content, Crop, Reshape, Straighten, Turn, reshaped
from faceapp.jobs import JobDoor, Ticket
from faceapp.ui.commands.workspace import Workspace

RIGHT, LEFT, MIRRORED = Turn(6), Turn(8), Turn(2)


class ShapeCommands(QObject):
    """Works on the current document."""

    told = Signal(str)
    """A sentence for the user."""

    def __init__(self, workspace: Workspace, door: JobDoor) -> None:
        super().__init__(workspace)
        self._workspace, self._door = workspace, door

    def handlers(self) -> dict[str, Callable[[], None]]:
        """What the actions do, by their names."""

        def handler(change: Turn) -> Callable[[], None]:
            def run() -> None:
                self.reshape(change)

            return run

        return {"turn_left": handler(LEFT), "turn_right": handler(RIGHT), "mirror": handler(MIRRORED)}

    def reshape(self, change: Reshape) -> Ticket | None:
        """Change the photo's shape; a result that is shown is kept, the other variants go."""
        document = self._workspace.document
        if document is None:
            return None
        document.keep_shown(self.tr("Restore"))
        content, state, name = document.content, document.history.state, self._name(change)

        def done(content: Content) -> None:
            if self._workspace.holding(document) is None:
                return
            if document.history.state != state:
                self.told.emit(self.tr("The photo changed meanwhile; its shape was left as it is."))
                return
            document.reshape(content, name)
            if isinstance(change, Straighten):
                self.told.emit(
                    self.tr("Turned by {0}°: every pixel was computed anew.").format(f"{change.degrees:+.1f}")
                )

        return self._door.submit(Ticket(name, lambda _progress: reshaped(content, change), done=done))

    def _name(self, change: Reshape) -> str:
        if isinstance(change, Crop):
            return self.tr("Crop")
        if isinstance(change, Straighten):
            return self.tr("Straighten")
        return {RIGHT: self.tr("Turn right"), LEFT: self.tr("Turn left")}.get(change, self.tr("Mirror"))
