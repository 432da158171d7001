"""The batch's report goes on after any cut, and every photo has its line in the end."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import pytest

from faceapp.runs.batch import REPORT
from faceapp.runs.batch_report import COLUMNS, ReportFile
from faceapp.runs.file_job import FileJob, Recipe
from faceapp.runs.plan import make_plan

from ..conftest import write_mask, write_picture
from .test_batch import go


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def job(name: str) -> FileJob:
    return FileJob(photo=Path(name), mask=None, outputs=())


def test_a_cut_anywhere_costs_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)  # a cut is made here, not by a power failure
    path = tmp_path / REPORT
    with ReportFile(path) as report:
        report.add(job("a.png"), "done", text="first", outcome=None)
        begin = path.stat().st_size
        report.add(job('祖母, "Oma".png'), "done", text="second; “quoted”, too", outcome=None)
    whole = path.read_bytes()
    for end in range(begin, len(whole)):
        path.write_bytes(whole[:end])
        with ReportFile(path) as report:
            assert job("a.png") in report
            report.add(job("c.png"), "done", text="third", outcome=None)
        found = rows(path)
        assert (found[0]["photo"], found[-1]["photo"], found[-1]["text"]) == ("a.png", "c.png", "third")
        assert len(found) == (2 if end == begin else 3)


@pytest.mark.parametrize("end", [0, 10, len(",".join(COLUMNS))])
def test_a_cut_head_line(tmp_path: Path, end: int) -> None:
    path = tmp_path / REPORT
    path.write_text(",".join(COLUMNS)[:end])
    with ReportFile(path) as report:
        report.add(job("a.png"), "done", text="", outcome=None)
    assert path.read_text().splitlines()[-1].split(",")[1:4] == ["a.png", "auto", "done"]


def test_a_photo_whose_line_was_lost_gets_one(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write_picture(tmp_path / "in" / name, seed=1)
    plan = make_plan(tmp_path / "in", tmp_path / "out", masks=write_mask(tmp_path / "m.png"))
    go(plan)
    report = tmp_path / "out" / REPORT
    report.write_text("".join(report.read_text().splitlines(keepends=True)[:-1]))
    for _ in range(2):
        go(plan, Recipe(method="telea", existing="keep"))
        assert [(Path(row["photo"]).name, row["status"]) for row in rows(report)] == [
            ("a.png", "done"),
            ("b.png", "skipped"),
        ]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets names be any bytes")
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    for name in (b"\xff\xfe.png", "é.png".encode()):
        write_picture(tmp_path / "in" / os.fsdecode(name), seed=1)
    plan = make_plan(tmp_path / "in", tmp_path / "out", masks=write_mask(tmp_path / "m.png"))
    go(plan)
    go(plan, Recipe(method="telea", existing="keep"))
    assert sorted(row["status"] for row in rows(tmp_path / "out" / REPORT)) == ["done", "done"]
    assert os.fsencode("é.png") in os.listdir(os.fsencode(tmp_path / "out"))
