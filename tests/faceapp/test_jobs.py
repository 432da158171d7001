"""The job door: order, delivery on the GUI thread, cancel, failures as sentences, a clean end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from engine import Frame, PhotoError, Preview, Progress, Report, Sentence
from faceapp.jobs import JobDoor, Ticket


@pytest.fixture
def door(qapp: object) -> Iterator[JobDoor]:
    door = JobDoor()
    yield door
    assert door.close(5.0)


def heat_fill(progress: Progress, *, steps: int = 40, size: int = 64) -> np.ndarray[Any, Any]:
    """A small real job: fill a hole by letting the heat of its border flow in, with a picture every step."""
    picture = np.tile(np.linspace(0, 255, size, dtype=np.float32), (size, 1))
    hole = np.zeros((size, size), bool)
    hole[16:48, 16:48] = True
    picture[hole] = 0
    frame = Frame(size / 2, size / 2, size)
    for step in range(1, steps + 1):
        for _ in range(10):
            around = np.roll(picture, 1, 0) + np.roll(picture, -1, 0) + np.roll(picture, 1, 1) + np.roll(picture, -1, 1)
            picture[hole] = around[hole] / 4
        chip = np.repeat(picture[..., None], 3, 2).astype(np.uint8)
        preview = Preview(frame, 0, 1, step, steps, chip)
        progress.report(step / steps, "step {0} of {1}", step, steps, preview=preview)
    return picture


def until_cancelled(progress: Progress) -> None:
    while True:
        time.sleep(0.002)
        progress.report(0.5, "going on")


def test_a_job_delivers_on_the_gui_thread_in_order(door: JobDoor, qtbot: QtBot) -> None:
    gui, heard = threading.current_thread(), []

    def note(what: str) -> Any:
        def listen(*_value: object) -> None:
            assert threading.current_thread() is gui
            heard.append(what)

        return listen

    worker: list[threading.Thread] = []

    def work(progress: Progress) -> int:
        worker.append(threading.current_thread())
        progress.report(0.5, "half")
        return 7

    ticket = door.submit(Ticket("job", work, done=note("done"), reported=note("report"), ended=note("ended")))
    assert heard == []  # never before submit has returned
    qtbot.waitUntil(lambda: ticket.over)
    assert heard == ["report", "done", "ended"]
    assert worker[0] is not gui
    assert ticket.state == "done"


def test_every_preview_arrives(door: JobDoor, qtbot: QtBot) -> None:
    previews: list[Preview] = []

    def reported(report: Report) -> None:
        assert report.preview is not None
        previews.append(report.preview)

    results: list[np.ndarray[Any, Any]] = []
    ticket = door.submit(Ticket("fill", heat_fill, reported=reported, done=results.append))
    qtbot.waitUntil(lambda: ticket.over)
    assert [preview.index for preview in previews] == list(range(1, 41))
    truth = np.linspace(0, 255, 64)[32]
    assert abs(float(results[0][32, 32]) - truth) < 40


def test_one_job_at_a_time_and_what_waits_is_shown(door: JobDoor, qtbot: QtBot) -> None:
    at_once, most = [0], [0]

    def work(progress: Progress) -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.01)
        at_once[0] -= 1

    tickets = [door.submit(Ticket(f"job {i}", work)) for i in range(4)]
    assert door.running is tickets[0]
    assert [ticket.name for ticket in door.waiting] == ["job 1", "job 2", "job 3"]
    qtbot.waitUntil(lambda: all(ticket.over for ticket in tickets))
    assert most == [1]
    assert not door.busy


def test_cancel_stops_within_a_step(door: JobDoor, qtbot: QtBot) -> None:
    done: list[object] = []
    ticket = door.submit(Ticket("endless", until_cancelled, done=done.append))
    qtbot.waitUntil(lambda: ticket.fraction > 0)
    begin = time.monotonic()
    door.cancel(ticket)
    qtbot.waitUntil(lambda: ticket.over)
    assert time.monotonic() - begin < 0.5
    assert (ticket.state, done) == ("cancelled", [])


def test_a_waiting_job_can_be_cancelled(door: JobDoor, qtbot: QtBot) -> None:
    first = door.submit(Ticket("first", until_cancelled))
    ran: list[int] = []
    second = door.submit(Ticket("second", lambda _progress: ran.append(1)))
    door.cancel(second)
    assert second.state == "cancelled"
    assert door.running is first
    door.cancel_all()
    qtbot.waitUntil(lambda: first.over)
    assert ran == []


def test_a_closed_photos_jobs_are_cancelled_and_no_others(door: JobDoor, qtbot: QtBot) -> None:
    closed, there = object(), object()
    runs = [door.submit(Ticket("endless", until_cancelled, owner=owner)) for owner in (closed, closed, there, None)]
    qtbot.waitUntil(lambda: runs[0].fraction > 0)
    door.cancel_owned(but=[there])
    qtbot.waitUntil(lambda: runs[1].over and door.running is runs[2])
    assert [run.state for run in runs] == ["cancelled", "cancelled", "running", "waiting"]
    door.cancel_all()
    qtbot.waitUntil(lambda: all(run.over for run in runs))


def test_cancel_stops_the_first_job_and_what_was_asked_for_with_it(door: JobDoor, qtbot: QtBot) -> None:
    group = object()
    saved = door.submit(Ticket("saved", lambda _: time.sleep(0.05), saves=True))
    moved = door.submit(Ticket("sensitivity", lambda _: None, quiet=True))
    variants = [door.submit(Ticket("variant", until_cancelled, group=group)) for _ in range(2)]
    opened = door.submit(Ticket("opened", lambda _: None))
    door.cancel_first()  # before the first of them runs
    qtbot.waitUntil(lambda: not door.busy)
    assert [ticket.state for ticket in (saved, moved, *variants, opened)] == ["done"] * 2 + ["cancelled"] * 2 + ["done"]
    running, again = (door.submit(Ticket("run", until_cancelled)) for _ in range(2))
    qtbot.waitUntil(lambda: running.fraction > 0)
    for _ in range(2):  # pressed twice, it still means the one that is being stopped
        door.cancel_first()
    qtbot.waitUntil(lambda: running.over)
    assert not again.over


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PhotoError("photo.jpg: is empty"), "photo.jpg: is empty"),
        (MemoryError(), "out of memory"),
        (RuntimeError("CUDA error: out of memory"), "out of memory"),
        (ZeroDivisionError("division by zero"), "unexpected failure"),
    ],
)
def test_a_failure_arrives_as_a_sentence(door: JobDoor, qtbot: QtBot, error: Exception, words: str) -> None:
    def work(_progress: Progress) -> None:
        raise error

    told: list[Sentence] = []
    ticket = door.submit(Ticket("job", work, failed=told.append))
    qtbot.waitUntil(lambda: ticket.over)
    assert ticket.state == "failed"
    assert words in str(told[0])
    assert "\n" not in str(told[0])


def test_a_failure_nobody_listens_to_reaches_the_window(door: JobDoor, qtbot: QtBot) -> None:
    def work(_progress: Progress) -> None:
        raise PhotoError("no.png: no such file")

    with qtbot.waitSignal(door.failed) as heard:
        door.submit(Ticket("job", work))
    assert str(heard.args[1]) == "no.png: no such file"
    after = door.submit(Ticket("next", lambda _progress: 1))
    qtbot.waitUntil(lambda: after.over)
    assert after.state == "done"


def test_the_gui_thread_goes_on_during_a_job(door: JobDoor, qtbot: QtBot) -> None:
    ticket = door.submit(Ticket("fill", lambda progress: heat_fill(progress, steps=60, size=256)))
    longest, last = 0.0, time.perf_counter()
    while not ticket.over:
        qtbot.wait(1)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    assert longest < 0.15  # a loaded two-core machine; on an idle one it stays under 0.05


def test_closing_ends_a_running_job_and_the_thread(qapp: object, qtbot: QtBot) -> None:
    door = JobDoor()
    running, waiting = (door.submit(Ticket(name, until_cancelled)) for name in ("one", "two"))
    qtbot.waitUntil(lambda: running.fraction > 0)
    assert door.close(5.0)
    assert (running.state, waiting.state) == ("cancelled", "cancelled")
    late = door.submit(Ticket("late", until_cancelled))
    assert late.state == "cancelled"


def test_time_left_is_an_estimate_from_what_is_done() -> None:
    ticket = Ticket("job", until_cancelled)
    assert ticket.seconds_left is None
    ticket.state, ticket.fraction, ticket.began = "running", 0.25, time.monotonic() - 1.0
    assert ticket.seconds_left == pytest.approx(3.0, abs=0.2)
