"""The status bar: what is going on, and where one is."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar

from engine.geometry import Size
from faceapp.jobs import JobDoor, Ticket
from faceapp.ui.look.phrases import plain, spoken
from faceapp.ui.look.widgets import styled

DONE_SHOWN = 8000
"""For how many milliseconds a job that is done is told."""


class Status(QStatusBar):
    """Listens to the job door; the window tells it the rest."""

    cancel_wanted = Signal()

    def __init__(self, door: JobDoor) -> None:
        super().__init__()
        self._door = door
        self.setSizeGripEnabled(False)
        self.job = QLabel(margin=5, textFormat=Qt.TextFormat.PlainText)
        self.bar = QProgressBar(maximum=1000, textVisible=False)
        self.bar.setFixedWidth(150)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.left = styled(QLabel(), "muted")
        self.cancel = styled(QPushButton(self.tr("Cancel")), "small")
        self.cancel.setToolTip(self.tr("Cancel (Esc)"))
        self.waiting = styled(QLabel(), "muted")
        for widget in (self.job, self.bar, self.left, self.cancel, self.waiting):
            self.addWidget(widget)
        self.position, self.size_label, self.zoom, self.device = (QLabel() for _ in range(4))
        for label, name in (
            (self.position, self.tr("Pointer position")),
            (self.size_label, self.tr("Photo size")),
            (self.zoom, self.tr("Zoom")),
            (self.device, self.tr("Device")),
        ):
            label.setAccessibleName(name)
            label.setMargin(5)
            self.addPermanentWidget(label)
        self.position.setMinimumWidth(100)
        self.zoom.setMinimumWidth(60)
        self._tick = QTimer(self, interval=250)
        self._tick.timeout.connect(self.refresh)
        self.cancel.clicked.connect(self.cancel_wanted)
        self._done = ""
        """The job that has just been done, for a while."""
        self._forget = QTimer(self, interval=DONE_SHOWN, singleShot=True)
        self._forget.timeout.connect(self._forget_done)
        door.ended.connect(self._ended)
        door.queue_changed.connect(self.refresh)
        door.reported.connect(lambda _ticket, _report: self.refresh())
        self.refresh()

    def show_zoom(self, scale: float) -> None:
        """View pixels per photo pixel."""
        self.zoom.setText(f"{scale * 100:.0f} %" if scale >= 0.1 else f"{scale * 100:.1f} %")

    def show_position(self, x: float, y: float) -> None:
        """Photo pixels."""
        self.position.setText(f"{int(x // 1)}, {int(y // 1)}")

    def show_size(self, size: Size | None) -> None:
        """The photo's."""
        self.size_label.setText("" if size is None else f"{size.width} × {size.height}")
        if size is None:
            self.position.clear()
            self.zoom.clear()

    def show_wanted_device(self, device: str) -> None:
        """What the next run will ask for, until it says what it got."""
        self.device.setText(self.tr("Device: automatic") if device == "auto" else device.upper())

    def show_used_device(self, device: str, model: str) -> None:
        """What the last run got."""
        named = model not in ("", "none")  # no model: a classical method
        self.device.setText(f"{device.upper()} · {model}" if named else device.upper())

    def refresh(self) -> None:
        """Show the running job and what waits."""
        ticket = self._door.running
        shown = ticket is not None and not ticket.quiet
        for widget in (self.bar, self.left, self.cancel):
            widget.setVisible(shown)
        self.job.setVisible(shown or bool(self._done))
        if not shown:
            self.job.setText(self._done)
        waiting = [t for t in self._door.waiting if not t.quiet]
        self.waiting.setVisible(bool(waiting))
        self.waiting.setText(self.tr("{0} waiting").format(len(waiting)))
        self.waiting.setToolTip(plain("\n".join(t.name for t in waiting)))
        if not shown or ticket is None:
            self._tick.stop()
            return
        if not self._tick.isActive():
            self._tick.start()
        self._show(ticket)

    def _ended(self, ticket: Ticket) -> None:
        if ticket.state == "done" and not ticket.quiet:
            self._done = self.tr("{0}: done").format(ticket.name)
            self._forget.start()

    def _forget_done(self) -> None:
        self._done = ""
        self.refresh()

    def _show(self, ticket: Ticket) -> None:
        self.job.setText(f"{ticket.name}: {spoken(ticket.text)}" if ticket.text is not None else f"{ticket.name}…")
        self.bar.setRange(0, 1000 if ticket.fraction > 0 else 0)
        self.bar.setValue(round(ticket.fraction * 1000))
        seconds = ticket.seconds_left
        self.left.setText("" if seconds is None else self._time(seconds))

    def _time(self, seconds: float) -> str:
        if seconds < 90:
            return self.tr("{0} s left").format(max(1, round(seconds)))
        return self.tr("{0} min left").format(round(seconds / 60))
