"""The command line as its users meet it: what is written, what is said, and the exit code."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import engine
from faceapp import __version__
from faceapp.__main__ import main
from faceapp.cli.console import Bar
from faceapp.samples import PORTRAIT, PORTRAIT_MASK
from tests.photo_kinds import HEIGHT, WIDTH, write_kind

from ..conftest import write_mask, write_picture

ROOT = Path(__file__).resolve().parents[3]
Captured = pytest.CaptureFixture[str]


def fails(capsys: Captured, *arguments: object) -> str:
    """Run a command that must end with exit code 2 and one line on stderr; return that line."""
    assert main([str(argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("facemend: ")
    assert captured.err.count("\n") == 1, captured.err
    return captured.err


def works(*arguments: object) -> None:
    assert main([str(argument) for argument in arguments]) == 0


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


def listing(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_version_is_fast_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from faceapp.__main__ import main; assert main(['--version']) == 0;"
        "print([m for m in ('numpy', 'cv2', 'PIL', 'onnxruntime', 'PySide6', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"facemend {__version__}", "[]"]


def test_python_m_works() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "faceapp", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"facemend {__version__}\n"


def test_help_of_every_command(capsys: Captured) -> None:
    for command in ("restore", "batch", "demo", "doctor"):
        works(command, "--help")
        assert command in capsys.readouterr().out


def test_restore_fills_the_hole_and_nothing_else(photo: Path, mask: Path, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "out.png"
    before = photo.read_bytes()
    works("restore", photo, "--mask", mask, "-o", out, "--method", "telea")
    assert str(out) in capsys.readouterr().out
    assert photo.read_bytes() == before
    changed = (pixels(photo) != pixels(out)).any(-1)
    rows, columns = np.nonzero(changed)
    assert rows.size
    assert min(rows.min(), columns.min()) >= 12
    assert max(rows.max(), columns.max()) < 36
    assert listing(tmp_path) == ["mask.png", "out.png", "photo.png"]


def test_json_is_one_object_and_stderr_is_silent(photo: Path, mask: Path, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "out.png"
    works(
        "restore",
        photo,
        "--mask",
        mask,
        "-o",
        out,
        "--method",
        "patchmatch",
        "--json",
        "--variants",
        2,
        "--seed",
        5,
    )
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert captured.err == ""
    assert told.keys() >= {"device", "model", "method", "seed", "steps", "seconds", "faces", "files", "notes"}
    assert told["files"] == [str(tmp_path / "out-1.png"), str(tmp_path / "out-2.png")]
    assert told["seed"] == 5
    assert told["method"] == "patchmatch"
    assert all(Path(name).exists() for name in told["files"])


@pytest.mark.parametrize("as_json", [False, True])
def test_what_the_format_cannot_hold_is_said_before_it_is_written(
    as_json: bool, photo: Path, mask: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, heard = tmp_path / "out.jpg", []
    with Image.open(photo) as picture:
        picture.putalpha(200)
        picture.save(photo)
    say = Bar.say
    monkeypatch.setattr(Bar, "say", lambda bar, line: (heard.append(out.exists()), say(bar, line)))
    json_too = ["--json"] if as_json else []
    works("restore", photo, "--mask", mask, "-o", out, "--method", "telea", *json_too)
    captured = capsys.readouterr()
    assert heard == [False, False]
    assert captured.err.splitlines() == [
        "note: JPEG holds no transparency: transparent parts become white.",
        "note: JPEG compresses with small losses everywhere, also outside the mask.",
    ]
    assert out.exists()
    if as_json:
        assert json.loads(captured.out)["notes"] == [line.removeprefix("note: ") for line in captured.err.splitlines()]
    else:
        assert "note:" not in captured.out  # once is enough


def test_empty_mask_says_so_and_writes_nothing(photo: Path, tmp_path: Path, capsys: Captured) -> None:
    Image.new("L", (48, 48)).save(tmp_path / "empty.png")
    works("restore", photo, "--mask", tmp_path / "empty.png", "-o", tmp_path / "out.png")
    assert "empty" in capsys.readouterr().out
    assert not (tmp_path / "out.png").exists()


def test_mask_is_scaled_if_its_aspect_fits(photo: Path, tmp_path: Path) -> None:
    large = np.kron(pixels(write_mask(tmp_path / "mask.png")), np.ones((2, 2), np.uint8))
    Image.fromarray(large).save(tmp_path / "large.png")
    works("restore", photo, "--mask", tmp_path / "large.png", "-o", tmp_path / "out.png", "--method", "ns")


@pytest.mark.parametrize("content", [None, b"", b"not an image at all", b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_unreadable_photo(content: bytes | None, mask: Path, tmp_path: Path, capsys: Captured) -> None:
    bad = tmp_path / "bad.png"
    if content is not None:
        bad.write_bytes(content)
    before = listing(tmp_path)
    line = fails(capsys, "restore", bad, "--mask", mask, "-o", tmp_path / "out.png", "--method", "telea")
    assert "bad.png" in line
    assert listing(tmp_path) == before


def test_truncated_photo(photo: Path, mask: Path, tmp_path: Path, capsys: Captured) -> None:
    photo.write_bytes(photo.read_bytes()[:-200])
    assert "photo.png" in fails(capsys, "restore", photo, "--mask", mask, "-o", tmp_path / "out.png")


def test_a_bomb_is_refused_before_it_goes_off(mask: Path, tmp_path: Path, capsys: Captured) -> None:
    bomb = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b""))
    bomb.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )
    )
    line = fails(capsys, "restore", bomb, "--mask", mask, "-o", tmp_path / "out.png", "--method", "telea")
    assert "bomb.png" in line


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that takes no files, root or not")
def test_a_folder_that_takes_no_files(photo: Path, mask: Path, capsys: Captured) -> None:
    line = fails(capsys, "restore", photo, "--mask", mask, "-o", "/proc/out.png", "--method", "telea")
    assert "/proc/out.png" in line


def test_mask_of_another_aspect(photo: Path, tmp_path: Path, capsys: Captured) -> None:
    Image.new("L", (96, 48), 255).save(tmp_path / "wide.png")
    assert "wide.png" in fails(capsys, "restore", photo, "--mask", tmp_path / "wide.png", "-o", tmp_path / "out.png")


def test_outputs_that_cannot_be(photo: Path, mask: Path, tmp_path: Path, capsys: Captured) -> None:
    base = ("restore", photo, "--mask", mask, "--method", "telea", "-o")
    assert "does not exist" in fails(capsys, *base, tmp_path / "nowhere" / "out.png")
    assert "folder" in fails(capsys, *base, tmp_path)
    assert "original" in fails(capsys, *base, photo, "--force")
    assert "original" in fails(capsys, *base, mask, "--force")
    fails(capsys, *base, tmp_path / "out.xyz")


def test_existing_output_needs_force(photo: Path, mask: Path, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "out.png"
    out.write_bytes(b"precious")
    base = ("restore", photo, "--mask", mask, "--method", "telea", "-o", out)
    assert "--force" in fails(capsys, *base)
    assert out.read_bytes() == b"precious"
    works(*base, "--force")
    assert pixels(out).shape == (48, 48, 3)


@pytest.mark.parametrize(
    "arguments",
    [
        ["restore"],
        ["--nonsense"],
        ["restore", "p.png", "--mask", "m.png"],
        ["restore", "p.png", "--mask", "m.png", "-o", "o.png", "--steps", "0"],
        ["restore", "p.png", "--mask", "m.png", "-o", "o.png", "--steps", "two"],
        ["restore", "p.png", "--mask", "m.png", "-o", "o.png", "--seed", "-1"],
        ["restore", "p.png", "--mask", "m.png", "-o", "o.png", "--method", "magic"],
        ["restore", "p.png", "--mask", "m.png", "-o", "o.png", "--frame", "1,2"],
        ["restore", "p.png", "--mask", "m.png", "-o", "o.png", "--frame", "1,2,nan,0"],
        ["restore", "p.png", "--mask", "m.png", "-o", "o.png", "--aligned", "--frame", "1,2,3,0"],
        ["restore", "p.png", "--mask", "m.png", "-o", "o.png", "--method", "telea", "--edges", "e.png"],
        ["batch", "in", "out", "--masks", "auto", "--jobs", "0"],
        ["batch", "in", "out", "--masks", "auto", "--resume", "--force"],
        ["restorr", "p.png"],
    ],
)
def test_wrong_usage_is_one_line(arguments: list[str], capsys: Captured, tmp_path: Path) -> None:
    fails(capsys, *arguments)


def test_cuda_without_cuda(photo: Path, mask: Path, tmp_path: Path, capsys: Captured) -> None:
    if Path("/proc/driver/nvidia").exists():
        pytest.skip("this machine has an NVIDIA driver")
    line = fails(capsys, "restore", photo, "--mask", mask, "-o", tmp_path / "out.png", "--device", "cuda")
    assert "cuda" in line.lower()


def test_no_screen_is_one_line() -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux can lack a screen")
    bare = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    bare.pop("QT_QPA_PLATFORM", None)
    done = subprocess.run([sys.executable, "-m", "faceapp"], cwd=ROOT, env=bare, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("facemend: no screen")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_the_sample_face_with_the_shipped_models(tmp_path: Path, capsys: Captured) -> None:
    out, steps, edges = tmp_path / "out.png", tmp_path / "steps", tmp_path / "edges.png"
    works(
        "restore", PORTRAIT, "--mask", PORTRAIT_MASK, "-o", out, "--steps", 2, "--json",
        "--save-steps", steps, "--save-edges", edges,
    )  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    assert len(told["faces"]) == 1
    assert told["steps"] == 2
    assert listing(steps) == [f"face1-step0{step}.png" for step in (1, 2, 3, 4)]  # coarse, then fine
    assert pixels(edges).shape == (256, 256)
    assert told["step_files"] == [str(steps / name) for name in listing(steps)]
    frame = told["faces"][0]["frame"]
    by_hand = f"{frame['cx']},{frame['cy']},{frame['side']},{frame['angle']}"
    again = tmp_path / "again.png"
    base = ("restore", PORTRAIT, "--mask", PORTRAIT_MASK, "--steps", 2)
    works(*base, "-o", again, "--frame", by_hand, "--edges", edges)
    works(*base, "-o", tmp_path / "twice.png")
    assert out.read_bytes() == (tmp_path / "twice.png").read_bytes(), "one seed, one result"


@pytest.mark.slow
@pytest.mark.slow
def test_demo_works_as_often_as_it_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        works("demo", "--device", "cpu")
    folders = ["facemend-demo", "facemend-demo-2", "facemend-demo-3"]
    assert listing(tmp_path) == folders
    assert len({(tmp_path / folder / "after.png").read_bytes() for folder in folders}) == 1


def test_demo_shows_every_stage(tmp_path: Path, capsys: Captured) -> None:
    works("demo", "-o", tmp_path / "demo")
    assert listing(tmp_path / "demo") == ["after.png", "before.png", "demo.png", "edges.png", "mask.png"]
    assert "demo.png" in capsys.readouterr().out
    assert "--force" in fails(capsys, "demo", "-o", tmp_path / "demo")


@pytest.mark.slow
def test_doctor_is_content(capsys: Captured) -> None:
    works("doctor")
    said = capsys.readouterr().out
    for word in ("packages:", "devices:", "models:", "self-test"):
        assert word in said


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_interrupt_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    steps = tmp_path / "steps"
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "faceapp", "restore", PORTRAIT, "--mask", PORTRAIT_MASK, "-o", out),
            *("--steps", "500", "--sampler", "ddpm", "--save-steps", steps),
        ],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not (steps.is_dir() and any(steps.glob("*.png"))) and time.monotonic() < deadline:
        time.sleep(0.05)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "facemend: interrupted\n"
    assert not out.exists()
    assert listing(tmp_path) == ["steps"]
    assert all(name.startswith("face1-step") for name in listing(steps))


def test_an_unexpected_failure_is_one_line_too(
    photo: Path, mask: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("by surprise")

    monkeypatch.setattr("faceapp.cli.restore.run", broken)
    assert main(["restore", str(photo), "--mask", str(mask), "-o", str(tmp_path / "o.png")]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "ZeroDivisionError" in said


def test_photo_of_a_missing_name_does_not_open_a_window(capsys: Captured, tmp_path: Path) -> None:
    assert "no such file" in fails(capsys, write_picture(tmp_path / "a.png", seed=2).with_name("b.png"))


@pytest.mark.parametrize("suffix", engine.READABLE)
def test_a_photo_and_a_mask_of_every_kind_are_taken(tmp_path: Path, suffix: str) -> None:
    if suffix in engine.FORMATS["HEIF"].suffixes:
        pytest.importorskip("pi_heif")
    one, other = (
        write_kind(tmp_path / f"one{suffix}"),
        write_kind(tmp_path / f"other.{'bmp' if '.png' in suffix else 'png'}"),
    )
    for photo, mask in ((one, other), (other, one)):
        out = tmp_path / f"{photo.stem}-out.png"
        works("restore", photo, "--mask", mask, "--method", "telea", "-o", out)
        assert pixels(out).shape[:2] == (HEIGHT, WIDTH)


@pytest.mark.parametrize("suffix", engine.WRITABLE)
def test_every_format_that_can_be_written_is_offered(photo: Path, mask: Path, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "in").mkdir()
    photo.rename(tmp_path / "in" / "a.png")
    for form in (suffix[1:], suffix[1:].upper()):
        out = tmp_path / f"out-{form}"
        works("batch", tmp_path / "in", out, "--masks", mask, "--method", "telea", "--format", form)
        assert suffix in engine.FORMATS[engine.read_photo(out / f"a{suffix}").format].suffixes


def test_a_program_without_console_fails_without_a_traceback() -> None:
    """PyInstaller's windowed programs have no stdout and no stderr on Windows."""
    source = "import sys; from faceapp.__main__ import main; sys.stdout = sys.stderr = None; sys.exit(main(['none']))"
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")
