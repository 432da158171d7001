"""Kill the application at random moments while somebody paints: `python -m tests.faults.autosave_kills FOLDER 200`.

Every life is the whole application, offscreen, in a fork of this process (so that nothing is imported again).  It
recovers what the life before left, says which state that was, and paints new states, saying of each when autosave has
it.  A state is a number in the mask's first row; the rest of the mask is noise of that seed, so half of one shows.
Prints one JSON object, and fails if a state that was safe did not come back.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

import engine
from engine.geometry import Box
from faceapp import app, settings
from faceapp.editing.document import Document
from faceapp.jobs import Ticket
from faceapp.storage import project_reading
from faceapp.ui.main_window import MainWindow

engine.preload()
SIZE = (400, 300)
DIGITS = 32


def paint(mask: Any, state: int) -> Box:
    """Put a state into the mask."""
    mask[:] = np.random.default_rng(state).integers(0, 256, mask.shape, np.uint8)
    mask[0, :DIGITS] = [255 * (state >> bit & 1) for bit in range(DIGITS)]
    return Box(0, 0, SIZE[0], SIZE[1])


def state_of(document: Document) -> int:
    """The state of a mask, 0 if it is empty; fails if it is not all of one state."""
    if not document.mask.any():
        return 0
    state = sum(1 << bit for bit in range(DIGITS) if document.mask[0, bit] > 127)
    wanted = np.zeros_like(document.mask)
    paint(wanted, state)
    if not np.array_equal(document.mask, wanted):
        raise AssertionError("a mask of two states")
    return state


class Life:
    """The application with somebody who recovers, then paints until the end."""

    def __init__(self, photo: Path, tell: int, *, last: bool) -> None:
        self._photo, self._tell, self._last = photo, tell, last
        self._state = 0
        self._timer = QTimer()
        self._timer.timeout.connect(self._begin)
        self._timer.start(5)

    def _say(self, *words: object) -> None:
        os.write(self._tell, (" ".join(map(str, words)) + "\n").encode())

    def _failed(self, _kind: object, error: BaseException, _trace: object) -> None:
        self._say("failed", type(error).__name__, error)
        os._exit(1)

    @property
    def _window(self) -> MainWindow:
        (window,) = [found for found in QApplication.topLevelWidgets() if isinstance(found, MainWindow)]
        return window

    def _begin(self) -> None:
        window = self._window
        if not window.ready:
            return
        sys.excepthook = self._failed
        self._timer.stop()
        self._timer = QTimer()
        self._timer.timeout.connect(self._recovered)
        if "unsaved" in window.notice.text:
            self._say("offered")
            window.notice.button.click()
        else:
            self._say("nothing")
            window.files.open_paths([self._photo])
        self._timer.start(5)

    def _recovered(self) -> None:
        """Go on when all are open; of two copies of a state (a kill while recovering) the older one is closed."""
        window = self._window
        doors = (window.door, window.crash_offer.door)
        if not window.workspace.photos or any(door.busy or door.waiting for door in doors):
            return
        self._timer.stop()
        photos = sorted(window.workspace.photos, key=lambda photo: state_of(photo.document))
        self._state = state_of(photos[-1].document)
        self._say("recovered", self._state, len(photos))
        for photo in photos[:-1]:
            window.workspace.remove(photo)
        self._timer = QTimer()
        self._timer.timeout.connect(self._end if self._last else self._paint)
        self._timer.start(5)

    def _paint(self) -> None:
        window = self._window
        document, autosave = window.workspace.document, window.crash_offer.autosave
        if document is None or autosave is None or window.crash_offer.door.waiting:
            return
        self._state += 1
        state = self._state
        document.edit_mask("paint", lambda mask: paint(mask, state))
        for ticket in autosave.save_now():
            ticket.ended = partial(self._saved, ticket, state)

    def _saved(self, ticket: Ticket, state: int) -> None:
        self._say("saved" if ticket.state == "done" else ticket.state, state)

    def _end(self) -> None:
        if self._window.crash_offer.door.busy:
            return
        self._timer.stop()
        for photo in self._window.workspace.photos:
            photo.document.mark_saved()
        self._window.close()
        QApplication.quit()


@dataclass
class Record:
    """What was seen over all lives."""

    safe: int = 0
    """The latest state that autosave said it has."""
    kills: Counter[str] = field(default_factory=Counter)
    """In which phase of a life."""
    states: int = 0
    copies: int = 0
    problems: list[str] = field(default_factory=list)

    def hear(self, lines: list[str]) -> str:
        """Take what a life said; returns the phase in which it ended."""
        phase = "starting"
        for line in lines:
            word, *numbers = line.split()
            if word in ("offered", "nothing"):
                phase = "opening"
                if word == "nothing" and self.safe:
                    self.problems.append(f"state {self.safe} was not offered")
            elif word == "recovered":
                phase = "painting"
                self.copies += int(numbers[1]) - 1
                if int(numbers[0]) < self.safe:
                    self.problems.append(f"state {numbers[0]} came back, {self.safe} was safe")
            elif word == "saved":
                self.states += 1
                self.safe = max(self.safe, int(numbers[0]))
            else:
                self.problems.append(line)
        return phase


def live(photo: Path, *, seconds: float | None) -> list[str]:
    """One life; killed after so many seconds, or (None) ending by itself.  Returns what it said."""
    ear, mouth = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(ear)
            QApplication(sys.argv[:1])
            life = Life(photo, mouth, last=seconds is None)  # noqa: F841 - kept
            status = app.run([])
        finally:
            os._exit(status)
    os.close(mouth)
    said, end = b"", time.monotonic() + (60 if seconds is None else seconds)
    while (left := end - time.monotonic()) > 0:
        if select.select([ear], [], [], left)[0]:
            heard = os.read(ear, 1 << 16)
            if not heard:
                break
            said += heard
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while heard := os.read(ear, 1 << 16):
        said += heard
    os.close(ear)
    return said.decode().splitlines()


def main(folder: Path, kills: int, seed: int) -> None:
    for name, place in (("HOME", "."), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config")):
        os.environ[name] = str(folder / place)
    photo = folder / "photo.png"
    settings.save(settings.Settings(autosave_seconds=0), settings.default_path())  # each stroke saves instead
    pixels = np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
    engine.write_photo(engine.Photo.from_array(pixels), photo)
    original = photo.read_bytes()
    moments, record = random.Random(seed), Record()
    for _ in range(kills):
        record.kills[record.hear(live(photo, seconds=moments.uniform(0.02, 1.2)))] += 1
        if record.problems:
            break
    record.hear(live(photo, seconds=None))
    root = folder / "state" / "facemend" / "recovery"
    left = sorted(path.name for path in root.iterdir())
    if photo.read_bytes() != original:
        record.problems.append("the photo was touched")
    if any(not name.endswith(".lock") for name in left):
        record.problems.append(f"left after a clean end: {left}")
    json.dump({**vars(record), "locks left": len(left)}, sys.stdout)
    sys.exit(1 if record.problems else 0)


if __name__ == "__main__":
    assert project_reading  # imported before the forks
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
