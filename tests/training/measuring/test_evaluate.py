"""The bench on a handful of made chips: every method gets the same, sees no truth, and is scored right."""

import csv
import io
import itertools
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image

from engine.fill.edges import canny
from engine.geometry import F32
from training.__main__ import main
from training.data.shards import write_shard
from training.errors import SourceError
from training.measuring import fill_report
from training.measuring.contenders import CLASSICAL, SHARPENING, MethodError, contenders
from training.measuring.fill_cases import Cases
from training.measuring.fill_scores import Measured, measure
from training.measuring.fills import Fill, Filled
from training.measuring.fixed_blurs import SEVERITIES
from training.measuring.fixed_holes import PARTS, STROKES

pytestmark = pytest.mark.slow

SIDE = 64


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    """Ten small faces: the astronaut moved about, each third one cut by the photo's frame."""
    astronaut = skimage.data.astronaut()
    chips = {}
    for i in range(10):
        rgb = cv2.resize(astronaut[i * 6 : i * 6 + 256, 96:352], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        alpha = np.full((SIDE, SIDE, 1), 255, np.uint8)
        if i % 3 == 0:
            alpha[:9] = 0
        file = io.BytesIO()
        Image.fromarray(np.concatenate((rgb, alpha), 2)).save(file, "WEBP", lossless=True)
        chips[f"t-{i}.webp"] = file.getvalue()
    return write_shard(tmp_path / "chips.tar", chips, chips.__getitem__)


def grey(chips: F32, holes: np.ndarray) -> Filled:
    return Filled(np.full_like(chips, 0.5))


def knowing(cases: Cases, error: float) -> Fill:
    """A fill that knows the truth and misses it by so much; draws the true edges."""
    walk = iter(range(len(cases)))

    def fill(chips: F32, holes: np.ndarray) -> Filled:
        chip = cases[next(walk)].chip
        truth = chip.rgb[None].astype(np.float32) / 255
        edges = canny(chip.rgb, np.where(chip.valid, 255, 0).astype(np.uint8))[None]
        return Filled(np.where(truth > 0.5, truth - error, truth + error).astype(np.float32), edges)

    return fill


def everything(cases: Cases, fills: dict[str, Fill]) -> Measured:
    *_, found = measure(cases, fills, rows=3)
    return found


def test_holes_take_turns_or_come_in_every_kind(shard: Path) -> None:
    assert [case.kind for case in Cases([shard])] == [*STROKES] * 2
    every = Cases([shard], kinds=STROKES + PARTS, each=True)
    assert len(every) == 100
    assert [case.kind for case in every] == [*STROKES, *PARTS] * 10


def test_a_limit_spreads_over_the_shards_and_keeps_the_holes(shard: Path) -> None:
    whole = {(c.chip.name, c.kind): c.hole for c in Cases([shard], each=True)}
    few = list(Cases([shard], limit=4, each=True))
    assert [c.chip.name for c in few[::5]] == ["t-0.webp", "t-3.webp", "t-6.webp", "t-9.webp"]
    for case in few:
        np.testing.assert_array_equal(case.hole, whole[case.chip.name, case.kind])
    other = Cases([shard], each=True, seed=1)
    assert any((c.hole != whole[c.chip.name, c.kind]).any() for c in other)


def test_no_method_sees_what_is_missing(shard: Path) -> None:
    seen = []

    def spy(chips: F32, holes: np.ndarray) -> Filled:
        seen.append((chips[0], holes[0]))
        return grey(chips, holes)

    cases = Cases([shard])
    everything(cases, {"spy": spy})
    for case, (chip, hole) in zip(cases, seen, strict=True):
        np.testing.assert_array_equal(hole, case.unknown)
        assert len(np.unique(chip[hole])) == 1, "a plain grey"
        np.testing.assert_allclose(chip[~hole] * 255, case.chip.rgb[~hole], atol=1e-3)


def test_scores_are_of_the_composite(shard: Path) -> None:
    """An error of 10 levels in a hole of share h is 20 log10(25.5) - 10 log10(h) dB of the whole picture."""
    cases = Cases([shard])
    found = everything(cases, {"near": knowing(cases, 10 / 255), "grey": grey})
    assert len(found.scores) == 20
    for case, score in zip(cases, found.scores[::2], strict=True):
        share = case.hole.sum() / case.chip.valid.sum()
        assert score.psnr == pytest.approx(20 * np.log10(25.5) - 10 * np.log10(share), abs=0.01)
        assert 0 < score.ssim < 1
    assert all(a.psnr > b.psnr for a, b in zip(found.scores[::2], found.scores[1::2], strict=True))


def test_edges_drawn_perfectly_score_one(shard: Path) -> None:
    cases = Cases([shard])
    found = everything(cases, {"grey": grey, "knowing": knowing(cases, 0)})
    for counts in (found.strict, found.tolerant):
        assert counts.precision == counts.recall == 1
    assert everything(cases, {"grey": grey}).strict.true == 0, "nobody drew, so nothing is counted"
    grey_edges, true_edges = (score.edges for score in found.scores[:2])
    assert grey_edges.f1 < true_edges.f1 == 1


def test_the_report_holds_every_figure(shard: Path, tmp_path: Path) -> None:
    cases = Cases([shard])
    found = everything(cases, {"telea": grey, "ours-1": knowing(cases, 10 / 255)})
    out = tmp_path / "deep" / "out"
    fill_report.write(found, out)
    assert {p.name for p in out.iterdir()} == {"cases.csv", "table.csv", "table.md", "sheet.png"}
    rows = list(csv.DictReader((out / "cases.csv").read_text().splitlines()))
    ours = [float(row["psnr"]) for row in rows if row["method"] == "ours-1"]
    (line,) = [r for r in csv.DictReader((out / "table.csv").read_text().splitlines()) if r["method"] == "ours-1"]
    assert float(line["PSNR overall"]) == pytest.approx(np.mean(ours), abs=0.006)
    assert float(line["PSNR 20-30 %"]) == pytest.approx(np.mean(ours[1::5]), abs=0.006)
    text = (out / "table.md").read_text()
    assert "10 pictures, 10 holes" in text
    assert "above the best classical" in text
    assert "| strict" in text
    assert "GMSD" in text
    picture = np.asarray(Image.open(out / "sheet.png"))
    assert picture.shape[1] == 5 * SIDE
    assert picture.shape[0] > 3 * SIDE


def test_without_rivals_or_edges_the_report_leaves_them_out(shard: Path) -> None:
    text = fill_report.markdown(everything(Cases([shard], limit=2), {"telea": grey}))
    assert "above" not in text
    assert "strict" not in text


def test_methods_that_do_not_exist_are_refused_before_anything_is_loaded() -> None:
    for name in ("lama", "ours", "ours-0", "ours-4:euler", "ours-x"):
        with pytest.raises(MethodError, match="no method"):
            contenders(["telea", name])


@pytest.mark.parametrize("name", CLASSICAL)
def test_a_classical_method_fills(shard: Path, name: str) -> None:
    found = everything(Cases([shard], limit=5), {"grey": grey, **contenders([name])})
    ours, base = ([s.psnr for s in found.scores if s.method == m] for m in (name, "grey"))
    assert np.mean(ours) > np.mean(base) + 0.3  # half of a 64-pixel chip leaves PatchMatch little to copy


def test_blurs_are_worse_the_severer_and_the_same_each_time(shard: Path) -> None:
    cases, again = (Cases([shard], kinds=tuple(SEVERITIES), each=True) for _ in range(2))
    for case, other in zip(cases, again, strict=True):
        np.testing.assert_array_equal(case.damaged, other.damaged)
    found = everything(cases, dict(SHARPENING))
    means = [np.mean([s.psnr for s in found.scores if (s.method, s.kind) == ("bicubic", kind)]) for kind in SEVERITIES]
    assert all(a > b + 0.5 for a, b in itertools.pairwise(means))
    assert "10 pictures, 40 blurs" in fill_report.markdown(found)


def test_the_engines_sharpening_is_measured(tmp_path: Path) -> None:
    """With the networks that ship; all of the chip that lies on the photo is given as blurred."""
    face = skimage.data.astronaut()[:256, 96:352]
    file = io.BytesIO()
    Image.fromarray(np.dstack((face, np.full((256, 256), 255, np.uint8)))).save(file, "WEBP", lossless=True)
    shard = write_shard(tmp_path / "one.tar", ["t-0.webp"], lambda name: file.getvalue())
    cases = Cases([shard], kinds=("strong",))
    found = everything(cases, contenders(["bicubic", "ours-1"], device="cpu", blurs=True))
    bicubic, ours = found.scores
    assert ours.psnr > bicubic.psnr
    assert ours.perceptual < bicubic.perceptual


def command(*arguments: object) -> int:
    return main(["evaluate", *(str(a) for a in arguments)])


def test_the_command_measures(shard: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("--shards", shard, "--out", tmp_path / "out", "--methods", "telea,ns", "--limit", 5) == 0
    assert "| telea" in capsys.readouterr().out
    assert (tmp_path / "out" / "table.csv").exists()


def test_the_command_measures_blurs(shard: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--damage", "blur", "--shards", shard, "--out", tmp_path / "out", "--limit", 4)
    assert command(*arguments, "--methods", "bicubic,denoised") == 0
    assert "severe" in capsys.readouterr().out
    assert command(*arguments, "--methods", "telea") == 2


@pytest.mark.parametrize("broken", ["missing", "empty", "noise", "nothing in it"])
def test_a_bad_shard_is_one_sentence(broken: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.tar"
    makers: dict[str, Callable[[], object]] = {
        "missing": lambda: None,
        "empty": lambda: path.write_bytes(b""),
        "noise": lambda: path.write_bytes(b"noise" * 1000),
        "nothing in it": lambda: write_shard(path, [], lambda name: b""),
    }
    makers[broken]()
    assert command("--shards", path, "--out", tmp_path / "out", "--methods", "telea") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_chip_that_is_no_picture_is_named(tmp_path: Path) -> None:
    shard = write_shard(tmp_path / "bad.tar", ["t-1.webp"], lambda name: b"noise")
    with pytest.raises(SourceError, match=r"t-1\.webp"):
        Cases([shard])[0]
