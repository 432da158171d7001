"""The one sanctioned door to background work.

The thread rule: whatever may take longer than a frame (restore, open, save, find, detect) is handed to the
application's one `JobDoor` as a plain function and runs on its one worker thread, one job at a time, in order.
Autosave (`ui.commands.crash_offer`) and the threshold of found damage (`ui.commands.review_commands`) have doors of
their own: a long run must not hold them up.  The function gets a `Progress`, values it may keep, and nothing of Qt; it
never touches a widget or a `Document`.  Everything comes back through the door's signals and a ticket's callbacks,
always on the GUI thread.  No other file of the window starts a thread; `faceapp.runs.batch`, which has threads of its
own, is run by a job.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from itertools import count
from typing import Any, Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot

from engine import Sentence
from engine.errors import Cancelled
from engine.progress import Progress, Report
from faceapp.messages import sentence

Work = Callable[[Progress], Any]
State = Literal["waiting", "running", "done", "failed", "cancelled"]

_log = logging.getLogger(__name__)
_serials = count(1)


def _nothing(_value: Any) -> None:
    """Nobody wants to know."""


class Ticket:
    """One job as its owner sees it; read and used on the GUI thread."""

    def __init__(
        self,
        name: str,
        work: Work,
        *,
        done: Callable[[Any], None] = _nothing,
        failed: Callable[[Sentence], None] | None = None,
        reported: Callable[[Report], None] = _nothing,
        ended: Callable[[], None] = lambda: None,
        quiet: bool = False,
        saves: bool = False,
        group: object = None,
        owner: object = None,
    ) -> None:
        """`done` hears the function's value, `failed` a `Sentence`, `ended` that it is over in any way.

        Without `failed` the window shows the sentence.  `quiet`: not worth a progress bar (autosave).
        `saves`: it writes what the user asked to be written, so Cancel leaves it alone.
        `group`: one object for all jobs that were asked for together: Cancel stops them together.
        `owner`: the photo that it is done for: nobody waits for it once that is closed.
        """
        self.number = next(_serials)
        self.group = self.number if group is None else group
        self.owner = owner
        self.name, self.work, self.quiet, self.saves = name, work, quiet, saves
        self.done, self.failed, self.reported, self.ended = done, failed, reported, ended
        self.state: State = "waiting"
        self.fraction = 0.0
        """How far it is, 0..1."""
        self.text: Sentence | None = None
        """What it is doing."""
        self.began = 0.0
        """`time.monotonic()` when it started to run."""

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    @property
    def seconds_left(self) -> float | None:
        """An estimate from the share done; None while it would be a guess."""
        passed = time.monotonic() - self.began
        if self.state != "running" or self.fraction < 0.03 or passed < 0.3:
            return None
        return passed * (1 - self.fraction) / self.fraction


class JobDoor(QObject):
    """A queue of jobs and the one thread that does them."""

    started = Signal(object)
    """A `Ticket` begins to run."""
    reported = Signal(object, object)
    """A running `Ticket` and its `Report`."""
    ended = Signal(object)
    """A `Ticket` is over; its `state` says how."""
    failed = Signal(object, object)
    """A `Ticket` whose owner does not listen for failure, and the `Sentence`."""
    queue_changed = Signal()
    """The running job or what waits behind it is another."""
    _arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Ticket] = deque()
        self._running: Ticket | None = None
        self._token: Progress | None = None
        self._wake = threading.Condition()
        self._next: tuple[Ticket, Progress] | None = None
        self._messages: deque[tuple[str, Ticket, Any]] = deque()
        self._told = False
        self._closed = False
        # Queued even from the GUI thread: an owner never hears of its job before `submit` has returned.
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        # Daemon: should native code hang for good, the process can still end.
        self._thread = threading.Thread(target=self._loop, name="jobs", daemon=True)
        self._thread.start()

    # -- for owners, on the GUI thread -----------------------------------------------------------------

    @property
    def running(self) -> Ticket | None:
        return self._running

    @property
    def waiting(self) -> tuple[Ticket, ...]:
        """What waits behind the running job, in order."""
        return tuple(self._waiting)

    @property
    def busy(self) -> bool:
        return self._running is not None

    @property
    def stoppable(self) -> Ticket | None:
        """The first job, running or waiting, that is shown and does not save: the one that Cancel means."""
        return next((ticket for ticket in self._tickets if not (ticket.quiet or ticket.saves)), None)

    @property
    def saving(self) -> tuple[Ticket, ...]:
        """What the user asked to be written and is not written yet."""
        return tuple(ticket for ticket in self._tickets if ticket.saves)

    def submit(self, ticket: Ticket) -> Ticket:
        """Do this job when its turn comes; after `close` it is cancelled at once."""
        self._waiting.append(ticket)
        if self._closed:
            self.cancel(ticket)
        else:
            self._start_next()
        self.queue_changed.emit()
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Stop a job within one step, or take it out of the queue; nothing happens if it is over."""
        if ticket is self._running and self._token is not None:
            self._token.cancel()
        elif ticket in self._waiting:
            self._waiting.remove(ticket)
            self._end(ticket, "cancelled")
            self.queue_changed.emit()

    def cancel_first(self) -> None:
        """Stop the first job that can be stopped, with what was asked for together; the rest goes on."""
        first = self.stoppable
        for ticket in self._tickets:
            if first is not None and ticket.group is first.group:
                self.cancel(ticket)

    def cancel_owned(self, *, but: Collection[object]) -> None:
        """Stop what is done for an owner that is none of these; others may wait behind it."""
        for ticket in self._tickets:
            if ticket.owner is not None and ticket.owner not in but:
                self.cancel(ticket)

    def cancel_all(self, *, saves: bool = False) -> None:
        """Stop what runs and what waits; `saves`: what writes the user's work too."""
        for ticket in self._tickets:
            if saves or not ticket.saves:
                self.cancel(ticket)

    def close(self, timeout: float = 20.0) -> bool:
        """Cancel everything and wait until the thread has ended (seconds); returns whether it did."""
        self._closed = True
        self.cancel_all(saves=True)
        with self._wake:
            self._wake.notify()
        self._thread.join(timeout)
        self._deliver()
        return not self._thread.is_alive()

    @property
    def _tickets(self) -> tuple[Ticket, ...]:
        """What is not over yet, in order."""
        return self.waiting if self._running is None else (self._running, *self._waiting)

    def _start_next(self) -> None:
        if self._running is not None or not self._waiting:
            return
        ticket = self._waiting.popleft()
        self._running, ticket.state, ticket.began = ticket, "running", time.monotonic()
        self._token = Progress(lambda report: self._post("report", ticket, report))
        with self._wake:
            self._next = ticket, self._token
            self._wake.notify()
        self.started.emit(ticket)

    @Slot()
    def _deliver(self) -> None:
        """Hand on what the worker has posted."""
        self._told = False
        while self._messages:
            kind, ticket, value = self._messages.popleft()
            if kind == "report":
                ticket.fraction, ticket.text = value.fraction, value.text
                ticket.reported(value)
                self.reported.emit(ticket, value)
            else:
                self._running = self._token = None
                self._finish(kind, ticket, value)
                if not self._closed:
                    self._start_next()
                self.queue_changed.emit()

    def _finish(self, kind: str, ticket: Ticket, value: Any) -> None:
        try:
            if kind == "done":
                ticket.fraction = 1.0
                self._end(ticket, "done", lambda: ticket.done(value))
            elif kind == "cancelled":
                self._end(ticket, "cancelled")
            elif ticket.failed is not None:
                told = ticket.failed
                self._end(ticket, "failed", lambda: told(value))
            else:
                self._end(ticket, "failed", lambda: self.failed.emit(ticket, value))
        except Exception:
            _log.exception("after the job %s", ticket.name)
            raise

    def _end(self, ticket: Ticket, state: State, tell: Callable[[], None] = lambda: None) -> None:
        ticket.state = state
        try:
            tell()
        finally:
            ticket.ended()
            self.ended.emit(ticket)

    # -- on the worker thread --------------------------------------------------------------------------

    def _post(self, kind: str, ticket: Ticket, value: Any) -> None:
        # deque.append is atomic; one wake-up is enough for whatever has piled up behind it.
        self._messages.append((kind, ticket, value))
        if not self._told:
            self._told = True
            self._arrived.emit()

    def _loop(self) -> None:
        while True:
            with self._wake:
                while self._next is None and not self._closed:
                    self._wake.wait()
                if self._next is None:
                    return
                (ticket, token), self._next = self._next, None
            self._do(ticket, token)

    def _do(self, ticket: Ticket, token: Progress) -> None:
        try:
            value = ticket.work(token)
        except Cancelled:
            self._post("cancelled", ticket, None)
        except BaseException as error:  # noqa: BLE001 - every failure becomes a sentence, whatever it was
            _log.debug("the job %s failed", ticket.name, exc_info=True)
            self._post("failed", ticket, sentence(error))
        else:
            self._post("done", ticket, value)
