"""Pictures of 9 to 16 bits a channel keep them: PPM, JPEG 2000, AVIF, HEIC.

`deep` holds files of `samples`, made with imagecodecs and pillow-heif, which are no dependencies.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import losses, read_photo, write_photo
from engine.errors import PhotoError

HEIGHT, WIDTH = 40, 36
DEEP = Path(__file__).parent / "deep"
LOSSLESS = sorted(path for path in DEEP.iterdir() if path.suffix in (".jp2", ".j2k"))
NEAR = sorted(path for path in DEEP.iterdir() if path.suffix in (".avif", ".heic"))


def samples(bits: int, channels: int) -> np.ndarray:
    """What the files hold, at 16 bits."""
    y, x, c = np.mgrid[:HEIGHT, :WIDTH, :channels]
    found = (y * 977 + x * 331 + c * 2011) % 65536 >> (16 - bits)
    return np.rint(found / ((1 << bits) - 1) * 65535).astype(np.uint16).squeeze()


def described(path: Path) -> tuple[int, int]:
    """Bits and channels of a file, by its name."""
    kind = path.stem.rstrip("0123456789")
    return int(path.stem.removeprefix(kind)), {"grey": 1, "rgb": 3, "rgba": 4}[kind]


@pytest.mark.parametrize("path", LOSSLESS + NEAR, ids=lambda path: path.name)
def test_every_bit_is_kept(path: Path, tmp_path: Path) -> None:
    if path.suffix == ".heic":
        pytest.importorskip("pi_heif")
    photo = read_photo(path)
    truth = samples(*described(path))
    assert photo.pixels.dtype == np.uint16
    worst = np.abs(photo.pixels.astype(int) - truth).max()
    step = 65535 / ((1 << described(path)[0]) - 1)
    assert worst <= (0 if path in LOSSLESS else 3 * step)
    assert len(np.unique(photo.pixels)) > 256, "no more than 8 bits"
    for suffix in ("png", "tif"):
        assert losses(photo, suffix) == ()
        write_photo(photo, tmp_path / f"b.{suffix}")
        np.testing.assert_array_equal(read_photo(tmp_path / f"b.{suffix}").pixels, photo.pixels)
    assert "16 bits" in str(losses(photo, "webp")[0])


@pytest.mark.parametrize("top", [65535, 1023, 256])
@pytest.mark.parametrize("magic", ["P2", "P3", "P5", "P6"])
def test_ppm_of_more_than_8_bits_is_read(magic: str, top: int, tmp_path: Path) -> None:
    truth = samples(16, 3 if magic in ("P3", "P6") else 1).astype(int) % (top + 1)
    head = f"{magic}\n# made\n{WIDTH} {HEIGHT}\n{top}\n".encode()
    plain = " # a remark\n".join(" ".join(map(str, row.ravel())) for row in truth).encode()
    (tmp_path / "a.ppm").write_bytes(head + (plain if magic in ("P2", "P3") else truth.astype(">u2").tobytes()))
    photo = read_photo(tmp_path / "a.ppm")
    np.testing.assert_array_equal(photo.pixels, np.rint(truth / top * 65535).astype(np.uint16))


@pytest.mark.parametrize("name", ["rgb16.jp2", "rgb10.avif", "P6"])
def test_a_cut_file_is_refused(name: str, tmp_path: Path) -> None:
    whole = b"P6 4 4 65535\n" + bytes(96) if name == "P6" else (DEEP / name).read_bytes()
    (tmp_path / "a").write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(PhotoError, match=r"truncated|damaged|not a picture"):
        read_photo(tmp_path / "a")


def test_nothing_is_said_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """OpenCV speaks of the colour space of a bare codestream."""
    read_photo(DEEP / "rgb10.j2k")
    assert capfd.readouterr().err == ""


def test_without_a_reader_of_all_bits_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with OpenCV built without AVIF."""
    from engine.photo import deep

    monkeypatch.setattr(deep, "_by_opencv", lambda _stream: None)
    with pytest.raises(PhotoError, match="12 bits a channel, of which only 8"):
        read_photo(DEEP / "rgba12.avif")
