"""Photos in, shards out: layouts, splits, bad files, and runs that are cut off."""

import csv
import io
import json
import shutil
import tarfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from engine.faces import frames
from engine.geometry import F32, U8, Box, Frame, Size
from training import prepare
from training.__main__ import main
from training.data import layouts
from training.data.cutting import CutSettings, cut_item
from training.errors import OutputError, SourceError

pytestmark = pytest.mark.slow

ASTRONAUT = skimage.data.astronaut()
SMALL = CutSettings("folder", 128, 0.7)


class Shown:
    """Pixels as `frames.cut` wants them."""

    def __init__(self, pixels: U8) -> None:
        self.pixels = pixels
        self.size = Size(pixels.shape[1], pixels.shape[0])

    def rgb(self, box: Box | None = None) -> F32:
        shown = self.pixels if box is None else self.pixels[box.slices]
        return (shown / 255).astype(np.float32)


@cache
def frame() -> Frame:
    """Where the detector sees the astronaut's face."""
    return frames.detect(ASTRONAUT)[0].frame


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """The astronaut four times (one copy, one mirrored, one tiny), a photo of nothing, and a broken file."""
    source = tmp_path / "photos"
    (source / "more").mkdir(parents=True)
    astronaut = Image.fromarray(ASTRONAUT)
    astronaut.save(source / "astronaut.png")
    shutil.copy(source / "astronaut.png", source / "more" / "again.png")
    Image.fromarray(ASTRONAUT[:, ::-1].copy()).save(source / "more" / "mirrored.png")
    astronaut.resize((150, 150)).save(source / "tiny.png")
    Image.new("RGB", (300, 300), "grey").save(source / "nothing.png")
    (source / "broken.jpg").write_bytes(b"not a photo")
    (source / "notes.txt").write_text("no photo either")
    return source


def command(*arguments: object) -> int:
    return main(["prepare", *(str(a) for a in arguments)])


def chips(shard: Path) -> dict[str, Image.Image]:
    with tarfile.open(shard) as tar:
        return {m.name: Image.open(io.BytesIO(tar.extractfile(m).read())) for m in tar}  # type: ignore[union-attr]


def test_a_folder_becomes_shards(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert command(photos, out, "--size", 128, "--val", 0.5) == 0
    assert {p.name for p in out.iterdir()} == {
        "faces128-train-00.tar", "faces128-val.tar", "split.csv", "LICENCE.txt",
    }  # fmt: skip
    train, val = chips(out / "faces128-train-00.tar"), chips(out / "faces128-val.tar")
    assert len(train) == len(val) == 1, "the copy is left out, the two others are split"
    for name, chip in (train | val).items():
        assert name.startswith("p-")
        assert chip.size == (128, 128)
    rows = list(csv.DictReader((out / "split.csv").read_text().splitlines()))
    assert {(row["chip"], row["split"]) for row in rows} == {
        *((name, "train") for name in train), *((name, "val") for name in val),
    }  # fmt: skip
    told = capsys.readouterr()
    assert "2 chips" in told.out
    assert "1 photos passed over: no face found" in told.out
    assert "1 photos passed over: face too small" in told.out
    assert "broken.jpg" in told.err


def test_a_chip_is_the_engines_cut(photos: Path, tmp_path: Path) -> None:
    (shard,) = prepare.prepare(photos, tmp_path / "out", settings=SMALL, val=0)
    truth, valid = frames.cut(Shown(ASTRONAUT), frame(), 128)
    inside = valid > 0
    distances = [
        np.abs(np.asarray(chip.convert("RGB"))[inside] / 255 - truth[inside]).mean() for chip in chips(shard).values()
    ]
    assert min(distances) < 0.02


def test_what_lies_beyond_the_photo_is_transparent(tmp_path: Path) -> None:
    source = tmp_path / "photos"
    source.mkdir()
    top = int(frame().cy - 0.3 * frame().side)
    points = np.array([[200.0, top + 20], [245, top + 20], [222, top + 40], [205, top + 60], [240, top + 60]])
    Image.fromarray(ASTRONAUT[top:]).save(source / "1.png")
    cut_off = layouts.Item(source / "1.png", points - (0, top))
    cut = cut_item(cut_off, CutSettings("folder", 128, 0.3))
    ((_, data),) = cut.chips
    alpha = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[..., 3]
    assert set(np.unique(alpha)) == {0, 255}
    assert alpha[-1].all()
    assert not alpha[0].any()


def test_the_same_photos_give_the_same_shards(photos: Path, tmp_path: Path) -> None:
    one = prepare.prepare(photos, tmp_path / "one", settings=SMALL, val=0.5)
    two = prepare.prepare(photos, tmp_path / "two", settings=SMALL, val=0.5, jobs=2)
    assert [p.name for p in one] == [p.name for p in two]
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


def test_a_run_that_was_cut_off_goes_on(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, calls = tmp_path / "out", []

    def dying(item: layouts.Item, settings: CutSettings) -> object:
        calls.append(item.path.name)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(item, settings)

    real = cut_item
    monkeypatch.setattr(prepare, "cut_item", dying)
    with pytest.raises(KeyboardInterrupt):
        prepare.prepare(photos, out, settings=SMALL, val=0.5)
    assert not list(out.glob("*.tar"))
    with (out / ".prepare" / "done.jsonl").open("a") as log:
        log.write('{"photo": "half a li')  # what kill -9 leaves
    before = list(calls)
    shards = prepare.prepare(photos, out, settings=SMALL, val=0.5)
    assert not set(calls[len(before) :]) & set(before[:2]), "finished photos are not cut again"
    whole = prepare.prepare(photos, tmp_path / "whole", settings=SMALL, val=0.5)
    assert [p.read_bytes() for p in shards] == [p.read_bytes() for p in whole]


def test_other_settings_do_not_mix_with_an_unfinished_run(photos: Path, tmp_path: Path) -> None:
    work = tmp_path / "out" / ".prepare"
    work.mkdir(parents=True)
    for text, told in (('{"settings": "others"}', "other settings"), ("noise", "damaged")):
        (work / "done.jsonl").write_text(text + "\n")
        with pytest.raises(OutputError, match=told):
            prepare.prepare(photos, tmp_path / "out", settings=SMALL)


def test_finished_shards_are_never_overwritten(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    (shard, *_) = prepare.prepare(photos, out, settings=SMALL)
    before = shard.read_bytes()
    capsys.readouterr()
    assert command(photos, out, "--size", 128) == 2
    assert "holds shards already" in capsys.readouterr().err
    assert shard.read_bytes() == before


@pytest.mark.parametrize("layout", ["folder", "celeba-hq", "ffhq", "helen"])
def test_nothing_to_cut_is_one_sentence(layout: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert command(empty, tmp_path / "out", "--layout", layout) == 2
    told = capsys.readouterr().err
    assert "holds no photos" in told
    assert told.count("\n") == 1
    assert command(tmp_path / "missing", tmp_path / "out", "--layout", layout) == 2
    assert "is not a folder" in capsys.readouterr().err


def test_no_face_at_all_is_one_sentence(tmp_path: Path) -> None:
    source = tmp_path / "photos"
    source.mkdir()
    Image.new("RGB", (300, 300), "grey").save(source / "nothing.png")
    with pytest.raises(SourceError, match="no face"):
        prepare.prepare(source, tmp_path / "out", settings=SMALL)


def aligned_photo() -> Image.Image:
    chip, _ = frames.cut(Shown(ASTRONAUT), frame(), 512)
    return Image.fromarray((chip * 255).astype(np.uint8))


def test_celeba_hq_falls_back_on_its_own_alignment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "CelebA-HQ-img"
    source.mkdir()
    photo = aligned_photo()
    photo.save(source / "0.jpg")
    photo.save(source / "cover.jpg")
    monkeypatch.setattr(frames, "detect", lambda rgb: [])
    (shard,) = prepare.prepare(source, tmp_path / "out", settings=CutSettings("celeba-hq", 128, 0.7), val=0)
    ((name, chip),) = chips(shard).items()
    assert name.startswith("q-")
    whole = np.asarray(photo.resize((128, 128), Image.Resampling.BOX)).astype(float)
    assert np.abs(np.asarray(chip.convert("RGB")) - whole).mean() < 8
    assert "non-commercial" in (tmp_path / "out" / "LICENCE.txt").read_text()


def test_ffhq_uses_its_landmarks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = tmp_path / "images1024x1024" / "00000"
    images.mkdir(parents=True)
    aligned_photo().save(images / "00007.png")
    landmarks = np.zeros((68, 2))
    landmarks[36:42], landmarks[42:48] = (190, 240), (322, 240)
    landmarks[30], landmarks[48], landmarks[54] = (256, 300), (205, 380), (307, 380)
    listing = {"7": {"image": {"face_landmarks": landmarks.tolist()}}}
    (tmp_path / "ffhq-dataset-v2.json").write_text(json.dumps(listing))
    (item,) = layouts.ffhq(tmp_path)
    assert item.points is not None
    np.testing.assert_allclose(item.points, [(190, 240), (322, 240), (256, 300), (205, 380), (307, 380)])

    def never(rgb: object) -> list[frames.Face]:
        raise AssertionError("the detector was asked")

    monkeypatch.setattr(frames, "detect", never)
    settings = CutSettings("ffhq", 128, 0.7)
    assert prepare.prepare(tmp_path, tmp_path / "out", settings=settings, val=0)


def test_ffhq_with_a_broken_list_says_so(tmp_path: Path) -> None:
    images = tmp_path / "images1024x1024"
    images.mkdir()
    aligned_photo().save(images / "00000.png")
    (tmp_path / "ffhq-dataset-v2.json").write_text('{"0": {}}')
    with pytest.raises(SourceError, match="list of landmarks"):
        layouts.ffhq(tmp_path)


def helen_points(turn: float) -> np.ndarray:
    """194 points of a schematic face, turned by some degrees."""
    p = np.zeros((194, 2))
    angles = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    p[58:86] = p[86:114] = np.stack((256 + 50 * np.cos(angles), 380 + 15 * np.sin(angles)), 1)
    p[41:58] = (256, 300)
    p[114:134], p[134:154] = (190, 240), (322, 240)
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    return np.asarray((p - 256) @ np.array([[c, s], [-s, c]]) + 256)


@pytest.mark.parametrize("turn", [0.0, 40.0, 90.0, 180.0])
def test_helen_points_do_not_depend_on_the_order_of_the_eyes(turn: float) -> None:
    points = helen_points(turn)
    swapped = points.copy()
    swapped[114:134], swapped[134:154] = points[134:154], points[114:134]
    expected = layouts.five_of_helen(points)
    np.testing.assert_allclose(layouts.five_of_helen(swapped), expected)
    np.testing.assert_allclose(expected[[0, 3]], points[[114, 72]], atol=1e-9)


def test_helen_reads_annotations_and_leaves_the_rest_to_the_detector(tmp_path: Path) -> None:
    (tmp_path / "helen_1").mkdir()
    (tmp_path / "annotation").mkdir()
    for name in ("100032540_1.jpg", "100040721_1.jpg"):
        aligned_photo().save(tmp_path / "helen_1" / name)
    lines = "".join(f"{x:.3f} , {y:.3f}\r\n" for x, y in helen_points(0))
    (tmp_path / "annotation" / "1.txt").write_text("100032540_1\r\n" + lines)
    known, unknown = layouts.helen(tmp_path)
    assert known.points is not None
    np.testing.assert_allclose(known.points[0], (190, 240))
    assert unknown.points is None
    (tmp_path / "annotation" / "2.txt").write_text("100040721_1\n1 , 2\n")
    with pytest.raises(SourceError, match="194"):
        layouts.helen(tmp_path)
