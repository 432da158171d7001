"""The folder job: matching, never overwriting, going on after failures, kills, pauses and cancels."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

import engine
from faceapp.__main__ import main
from faceapp.messages import AppError, UsageError
from faceapp.runs.batch import REPORT, Control, Event, run
from faceapp.runs.file_job import Existing, FileJob, ModelSource, Outcome, Recipe, run_file_job
from faceapp.runs.plan import Plan, make_plan
from tests.photo_kinds import write_kind

from ..conftest import write_mask, write_picture

ROOT = Path(__file__).resolve().parents[3]
TELEA = Recipe(method="telea")
HERE = partial(run_file_job, models=ModelSource())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of three photos, and beside it `masks` with a mask of each name."""
    for seed, name in enumerate(("a.png", "b.jpg", "c.png")):
        write_picture(tmp_path / "in" / name, seed=seed)
        write_mask((tmp_path / "masks" / name).with_suffix(".png"))
    return tmp_path / "in"


def batch(*arguments: object) -> int:
    return main(["batch", *map(str, arguments), "--method", "telea"])


def go(plan: Plan, recipe: Recipe = TELEA, *, control: Control | None = None, jobs: int = 1) -> list[Event]:
    """Run a plan and return its events."""
    events: list[Event] = []
    run(plan, recipe, restore=HERE, control=control or Control(), on_event=events.append, jobs=jobs)
    return events


def ends(events: list[Event]) -> dict[str, str]:
    return {e.item.job.photo.name: e.status for e in events if e.status not in ("started", "running")}


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / REPORT).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def outputs(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name != REPORT)


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_photo_is_restored(source: Path, tmp_path: Path, jobs: int) -> None:
    out = tmp_path / "out"
    assert batch(source, out, "--masks", tmp_path / "masks", "--jobs", jobs) == 0
    assert outputs(out) == ["a.png", "b.jpg", "c.png"]
    assert sorted(Path(row["photo"]).name for row in rows(out)) == ["a.png", "b.jpg", "c.png"]
    assert {row["status"] for row in rows(out)} == {"done"}


def test_one_mask_for_all_another_format_and_variants(source: Path, tmp_path: Path) -> None:
    mask = write_mask(tmp_path / "one.png")
    arguments = ("batch", source, tmp_path / "out", "--masks", mask, "--format", "webp", "--variants", 2)
    assert main([*map(str, arguments), "--method", "patchmatch"]) == 0
    assert outputs(tmp_path / "out") == [f"{name}-{n}.webp" for name in "abc" for n in (1, 2)]


def test_a_bad_photo_and_a_missing_mask_do_not_stop_the_rest(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "a.png").write_bytes(b"broken")
    (tmp_path / "masks" / "b.png").unlink()
    assert batch(source, tmp_path / "out", "--masks", tmp_path / "masks", "--json") == 1
    captured = capsys.readouterr()
    assert outputs(tmp_path / "out") == ["c.png"]
    assert [line[:9] for line in captured.err.splitlines()] == ["facemend:"] * 2
    told = json.loads(captured.out)
    assert (told["done"], told["failed"]) == (1, 2)
    assert {row["status"] for row in rows(tmp_path / "out")} == {"done", "failed"}


def test_existing_outputs_are_refused_resumed_or_forced(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.png").write_bytes(b"precious")
    assert batch(source, out, "--masks", tmp_path / "masks") == 2
    assert "--resume" in capsys.readouterr().err
    assert outputs(out) == ["a.png"]
    assert batch(source, out, "--masks", tmp_path / "masks", "--resume") == 0
    assert (out / "a.png").read_bytes() == b"precious"
    assert outputs(out) == ["a.png", "b.jpg", "c.png"]
    assert batch(source, out, "--masks", tmp_path / "masks", "--force") == 0
    assert (out / "a.png").read_bytes() != b"precious"


def test_resume_makes_only_the_missing_variant(source: Path, tmp_path: Path) -> None:
    plan = make_plan(source, tmp_path / "out", masks=tmp_path / "masks", variants=2)
    go(plan)
    (tmp_path / "out" / "a-2.png").unlink()
    kept = (tmp_path / "out" / "a-1.png").stat().st_mtime_ns
    statuses = ends(go(plan, Recipe(method="telea", existing="keep")))
    assert statuses == {"a.png": "done", "b.jpg": "skipped", "c.png": "skipped"}
    assert (tmp_path / "out" / "a-1.png").stat().st_mtime_ns == kept
    assert (tmp_path / "out" / "a-2.png").exists()


def test_the_report_survives_a_cut_line(source: Path, tmp_path: Path) -> None:
    plan = make_plan(source, tmp_path / "out", masks=tmp_path / "masks")
    go(plan)
    report = tmp_path / "out" / REPORT
    report.write_bytes(report.read_bytes()[:-20])
    (tmp_path / "out" / "a.png").unlink()
    go(plan, Recipe(method="telea", existing="keep"))
    assert [Path(row["photo"]).name for row in rows(tmp_path / "out")] == ["a.png", "b.jpg", "c.png", "a.png"]


def test_sub_folders_by_pattern_keep_their_place(source: Path, tmp_path: Path) -> None:
    write_picture(source / "deep" / "d.png", seed=9)
    mask = write_mask(tmp_path / "one.png")
    plan = make_plan(source, source / "out", masks=mask, pattern="**/*.png")
    go(plan)
    assert sorted(p.relative_to(source / "out").as_posix() for p in (source / "out").rglob("*.png")) == [
        "a.png",
        "c.png",
        "deep/d.png",
    ]
    again = make_plan(source, source / "out", masks=mask, pattern="**/*.png")
    assert len(again.items) == 3, "outputs inside the photos' folder are no photos"


def test_names_that_would_collide_are_kept_apart(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg", "b.png"):
        write_picture(tmp_path / "in" / name, seed=1)
    plan = make_plan(tmp_path / "in", tmp_path / "out", masks=write_mask(tmp_path / "m.png"), suffix=".webp")
    names = [item.job.outputs[0].name for item in plan.items]
    assert names == ["a.jpg.webp", "a.png.webp", "b.webp"]


def test_outputs_edges_and_steps_of_two_photos_are_two(tmp_path: Path) -> None:
    for name in ("a.png", "a.jpg"):
        write_picture(tmp_path / "in" / name, seed=1)
    mask, out = write_mask(tmp_path / "m.png"), tmp_path / "out"
    plan = make_plan(tmp_path / "in", out, masks=mask, edges_folder=tmp_path / "e", steps_folder=tmp_path / "s")
    assert len({item.job.edges_file for item in plan.items}) == 2
    assert len({item.job.steps_folder for item in plan.items}) == 2
    write_picture(tmp_path / "in" / "a.jpg.webp", seed=1)
    statuses = ends(go(make_plan(tmp_path / "in", out, masks=mask, suffix=".webp")))
    assert statuses == {"a.jpg": "done", "a.png": "done", "a.jpg.webp": "failed"}  # said, not lost


def test_a_name_too_long_does_not_stop_the_rest(source: Path, tmp_path: Path) -> None:
    write_picture(source / f"{'n' * 251}.png", seed=1)
    plan = make_plan(source, tmp_path / "out", masks=write_mask(tmp_path / "m.png"), variants=2)
    events = go(plan)
    assert sorted(ends(events).values()) == ["done", "done", "done", "failed"]
    (text,) = [event.text for event in events if event.status == "failed"]
    assert "too long" in text


def test_what_a_killed_run_was_writing_goes(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".facemend-0123456789ab.part").write_bytes(b"half a photo")
    go(make_plan(source, tmp_path / "out", masks=tmp_path / "masks"))
    assert outputs(tmp_path / "out") == ["a.png", "b.jpg", "c.png"]


def test_photos_and_masks_of_every_kind_are_found(tmp_path: Path) -> None:
    for number, suffix in enumerate(engine.READABLE):
        write_kind(tmp_path / "in" / f"{number}{suffix if number % 2 else suffix.upper()}")
        write_kind(tmp_path / "masks" / f"{number}{suffix}")
    (tmp_path / "in" / "notes.txt").write_text("no photo")
    plan = make_plan(tmp_path / "in", tmp_path / "out", masks=tmp_path / "masks")
    assert len(plan.items) == len(engine.READABLE)
    assert all(item.problem is None for item in plan.items)
    kinds = {item.job.photo.suffix.lower(): item.job.outputs[0].suffix.lower() for item in plan.items}
    assert kinds == {suffix: suffix if suffix in engine.WRITABLE else ".png" for suffix in engine.READABLE}


def test_a_photo_that_needs_a_package_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    write_kind(tmp_path / "in" / "a.heic")
    (told,) = [event for event in go(make_plan(tmp_path / "in", tmp_path / "out", masks=None)) if event.text]
    assert told.status == "failed"
    assert "need the package pi-heif" in told.text


def test_plans_that_cannot_be(source: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        make_plan(tmp_path / "nowhere", tmp_path / "out", masks=None)
    with pytest.raises(UsageError, match="among the photos"):
        make_plan(source, source, masks=None)
    with pytest.raises(UsageError, match="among the masks"):
        make_plan(source, tmp_path / "masks", masks=tmp_path / "masks")
    with pytest.raises(UsageError, match="no such mask"):
        make_plan(source, tmp_path / "out", masks=tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no photo"):
        make_plan(source, tmp_path / "out", masks=None, pattern="*.webp")
    assert not (tmp_path / "out").exists()


def test_pause_holds_and_goes_on(source: Path, tmp_path: Path) -> None:
    plan = make_plan(source, tmp_path / "out", masks=tmp_path / "masks")
    control = Control()
    control.pause()
    events: list[Event] = []
    thread = threading.Thread(target=lambda: events.extend(go(plan, control=control)))
    thread.start()
    time.sleep(0.2)
    assert outputs(tmp_path / "out") == []
    control.go_on()
    thread.join(30)
    assert set(ends(events).values()) == {"done"}


def test_cancel_keeps_what_is_finished(source: Path, tmp_path: Path) -> None:
    plan = make_plan(source, tmp_path / "out", masks=tmp_path / "masks")
    control = Control()

    def stop_after_the_first(event: Event) -> None:
        if event.status == "done":
            control.cancel()

    summary = run(plan, TELEA, restore=HERE, control=control, on_event=stop_after_the_first)
    assert summary.counts["done"] == 1
    assert outputs(tmp_path / "out") == ["a.png"]


def test_cancel_wakes_a_paused_batch(source: Path, tmp_path: Path) -> None:
    plan = make_plan(source, tmp_path / "out", masks=tmp_path / "masks")
    control = Control()
    control.pause()
    thread = threading.Thread(target=lambda: go(plan, control=control, jobs=2))
    thread.start()
    control.cancel()
    thread.join(30)
    assert not thread.is_alive()
    assert outputs(tmp_path / "out") == []


def test_an_error_of_the_listener_ends_the_batch(source: Path, tmp_path: Path) -> None:
    plan = make_plan(source, tmp_path / "out", masks=tmp_path / "masks")

    def broken(event: Event) -> None:
        if event.status == "started":
            raise ZeroDivisionError("the window is gone")

    with pytest.raises(ZeroDivisionError):
        run(plan, TELEA, restore=HERE, control=Control(), on_event=broken, jobs=2)


@pytest.mark.slow
def test_finished_photos_survive_a_kill_and_are_not_redone(tmp_path: Path) -> None:
    for n in range(40):
        write_picture(tmp_path / "in" / f"{n:02d}.png", seed=n)
    mask, out = write_mask(tmp_path / "m.png"), tmp_path / "out"
    command = [sys.executable, "-m", "faceapp", "batch", str(tmp_path / "in"), str(out), "--masks", str(mask)]
    process = subprocess.Popen([*command, "--method", "patchmatch"], cwd=ROOT)
    deadline = time.monotonic() + 60
    while not any(out.glob("[0-9]*.png")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait(30)
    finished = {name: (out / name).read_bytes() for name in outputs(out) if name.endswith(".png") and name[0] != "."}
    assert finished
    assert main(["batch", *map(str, command[4:]), "--method", "patchmatch", "--resume"]) == 0
    assert all((out / name).read_bytes() == content for name, content in finished.items())
    assert len(list(out.glob("[0-9]*.png"))) == 40
    assert len({Path(row["photo"]).name for row in rows(out)}) >= 39


def test_outputs_are_named_as_asked(source: Path, tmp_path: Path) -> None:
    plan = make_plan(source, tmp_path / "out", masks=None, naming="{name}-restored")
    names = [item.job.outputs[0].name for item in plan.items]
    assert names == ["a-restored.png", "b-restored.jpg", "c-restored.png"]


@pytest.mark.parametrize("naming", ["restored", "../{name}", "a/{name}"])
def test_a_naming_that_loses_photos_is_refused(source: Path, tmp_path: Path, naming: str) -> None:
    with pytest.raises(UsageError, match="name"):
        make_plan(source, tmp_path / "out", masks=None, naming=naming)


@pytest.mark.parametrize("existing", ["refuse", "keep", "overwrite"])
def test_two_batches_share_a_folder(source: Path, tmp_path: Path, existing: Existing) -> None:
    plan = make_plan(source, tmp_path / "out", masks=tmp_path / "masks")
    recipe = Recipe(method="telea", existing=existing)
    told: list[dict[str, str]] = []

    def restore(job: FileJob, recipe: Recipe, *, progress: engine.Progress) -> Outcome:
        if not told:  # in the middle of the first photo the other batch begins
            told.append({})
            told[0] = ends(go(make_plan(source, tmp_path / "out", masks=tmp_path / "masks"), recipe))
        return HERE(job, recipe, progress=progress)

    events: list[Event] = []
    run(plan, recipe, restore=restore, control=Control(), on_event=events.append)
    assert told == [{"a.png": "skipped", "b.jpg": "done", "c.png": "done"}]
    assert ends(events) == {"a.png": "done", "b.jpg": "skipped", "c.png": "skipped"}
    assert {event.text for event in events if event.status == "skipped"} == {"done by another batch at the same time"}
    assert outputs(tmp_path / "out") == ["a.png", "b.jpg", "c.png"]
    assert [row["status"] for row in rows(tmp_path / "out")].count("done") == 3


@pytest.mark.parametrize("gone", ["in", "out"])
def test_a_folder_that_vanishes_ends_the_batch_with_a_sentence(source: Path, tmp_path: Path, gone: str) -> None:
    plan = make_plan(source, tmp_path / "out", masks=tmp_path / "masks")

    def vanish(event: Event) -> None:
        if event.status == "done":
            (tmp_path / gone).rename(tmp_path / "elsewhere")

    with pytest.raises(AppError, match=f"{gone}: the folder is gone"):
        run(plan, TELEA, restore=HERE, control=Control(), on_event=vanish)


def test_a_sub_folder_that_cannot_be_made_fails_its_photos_alone(source: Path, tmp_path: Path) -> None:
    write_picture(source / "deep" / "d.png", seed=9)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "deep").write_bytes(b"a file where a folder should be")
    plan = make_plan(source, tmp_path / "out", masks=write_mask(tmp_path / "m.png"), pattern="**/*.png")
    assert ends(go(plan)) == {"a.png": "done", "c.png": "done", "d.png": "failed"}
