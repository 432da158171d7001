"""A watched folder: photos are taken once they stop growing, and each once."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from faceapp.__main__ import main
from faceapp.messages import UsageError
from faceapp.runs.batch import REPORT, Control, Event
from faceapp.runs.file_job import ModelSource, Recipe, run_file_job
from faceapp.runs.plan import Plan, make_plan
from faceapp.runs.watch import Waiting, watch

from ..conftest import write_mask, write_picture

ROOT = Path(__file__).resolve().parents[3]
Step = Callable[[], object]


class Story:
    """A folder to which something happens before each look at it."""

    def __init__(self, folder: Path) -> None:
        self.source, self.masks, self.out = folder / "in", folder / "masks", folder / "out"
        self.source.mkdir()
        self.masks.mkdir()
        self.ends: list[tuple[str, str]] = []
        self.waiting: list[list[str]] = []

    def photo(self, name: str) -> Path:
        return write_picture(self.source / name, seed=1)

    def mask(self, name: str) -> Path:
        return write_mask(self.masks / name)

    def play(self, *steps: Step | None, masks: Path | None = None, blurred: Path | None = None) -> None:
        """Watch through these steps, one before each look, and end."""
        control, left = Control(), list(steps)

        def look() -> Plan:
            if not left:
                control.cancel()
            elif (step := left.pop(0)) is not None:
                step()
            masks_or = masks or self.masks
            return make_plan(self.source, self.out, masks=masks_or, blurred=blurred, may_be_empty=True)

        watch(
            look,
            Recipe(method="telea"),
            restore=partial(run_file_job, models=ModelSource()),
            control=control,
            on_event=self.hear,
            on_waiting=self.hear_waiting,
            interval=0,
        )

    def hear(self, event: Event) -> None:
        if event.status not in ("started", "running"):
            self.ends.append((event.item.job.photo.name, event.status))

    def hear_waiting(self, waiting: tuple[Waiting, ...]) -> None:
        self.waiting.append([str(one.why).removeprefix(f"{self.source}/") for one in waiting])


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def test_a_photo_is_taken_once_it_has_stopped_growing(story: Story) -> None:
    whole = story.photo("a.png").read_bytes()
    story.mask("a.png")
    path = story.source / "a.png"
    path.write_bytes(whole[:100])
    story.play(None, lambda: path.write_bytes(whole[:200]), lambda: path.write_bytes(whole), None, None, None)
    assert story.ends == [("a.png", "done")]
    assert story.waiting == [["a.png: waits until it has stopped growing"], []]
    assert (story.out / "a.png").exists()


def test_a_photo_waits_for_its_mask_and_the_mask_until_it_is_whole(story: Story) -> None:
    whole = story.mask("a.png").read_bytes()
    mask = story.masks / "a.png"
    mask.unlink()
    story.photo("a.png")
    story.photo("b.png")
    story.play(None, None, lambda: mask.write_bytes(whole[:60]), lambda: mask.write_bytes(whole), None, None)
    assert story.ends == [("a.png", "done")]
    assert story.waiting[0] == ["a.png: waits for its mask", "b.png: waits for its mask"]
    assert story.waiting[-1] == ["b.png: waits for its mask"]


def test_a_photo_waits_for_its_mask_also_where_something_is_blurred(story: Story, tmp_path: Path) -> None:
    story.photo("a.png")
    black = tmp_path / "black.png"
    Image.new("L", (48, 48)).save(black)
    story.play(None, None, lambda: story.mask("a.png"), None, None, blurred=black)
    assert story.ends == [("a.png", "done")]
    assert story.waiting[0] == ["a.png: waits for its mask"]


def test_what_fails_is_tried_again_when_it_changes_and_not_before(story: Story) -> None:
    whole = story.photo("a.png").read_bytes()
    story.mask("a.png")
    path = story.source / "a.png"
    path.write_bytes(whole[:-30])
    story.play(None, None, None, None, lambda: path.write_bytes(whole), None, None, None)
    assert story.ends == [("a.png", "failed"), ("a.png", "done")]


def test_what_has_nothing_to_do_is_told_once(story: Story) -> None:
    story.photo("a.png")
    Image.new("L", (48, 48)).save(story.masks / "a.png")
    story.play(None, None, None, None)
    assert story.ends == [("a.png", "empty")]


def test_a_folder_that_vanishes_is_waited_for(story: Story, tmp_path: Path) -> None:
    story.photo("a.png")
    one = story.mask("one.png")
    away = tmp_path / "away"
    back = lambda: away.rename(story.source)  # noqa: E731
    story.play(None, lambda: story.source.rename(away), None, None, back, None, None, masks=one)
    assert story.ends == [("a.png", "done")]
    assert story.waiting == [[f"{story.source}: no such folder"], []]


def test_a_folder_that_was_never_there_is_an_error(story: Story) -> None:
    story.source.rmdir()
    with pytest.raises(UsageError, match="no such folder"):
        story.play(None)


def test_force_and_watch_exclude_each_other(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    base = ["batch", str(story.source), str(story.out), "--masks", str(story.masks), "--method", "telea"]
    assert main([*base, "--watch", "--force"]) == 2
    assert "leave --force out" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
def test_a_watch_survives_a_kill_and_ends_at_ctrl_c(story: Story) -> None:
    one = story.mask("one.png")
    command = [sys.executable, "-m", "faceapp", "batch", story.source, story.out, "--masks", one, "--watch", "--json"]

    def started() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*map(str, command), "--method", "telea"],
            cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def wait_for(*names: str) -> None:
        deadline = time.monotonic() + 60
        while not all((story.out / name).exists() for name in names) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert all((story.out / name).exists() for name in names)

    first = started()
    story.photo("a.png")
    wait_for("a.png")
    first.kill()
    first.communicate()
    kept = (story.out / "a.png").stat().st_mtime_ns
    story.photo("b.png")
    second = started()
    wait_for("b.png")
    story.photo("c.png")
    wait_for("c.png")
    time.sleep(0.5)  # until it has been told, too
    second.send_signal(signal.SIGINT)
    told, _ = second.communicate(timeout=60)
    assert second.returncode == 0
    assert [Path(json.loads(line)["photo"]).name for line in told.splitlines()] == ["b.png", "c.png"]
    assert (story.out / "a.png").stat().st_mtime_ns == kept
    with (story.out / REPORT).open(newline="", encoding="utf-8") as file:
        assert [Path(row["photo"]).name for row in csv.DictReader(file)][-2:] == ["b.png", "c.png"]
