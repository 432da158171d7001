"""The table of formats: what it says can be read is read, what it says can be written is written."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import PhotoError
from engine.photo.colour import MODES
from engine.photo.formats import FORMATS, READABLE, WRITABLE
from engine.photo.photos import Photo, read_photo, write_photo
from tests.photo_kinds import HEIGHT, WIDTH, write_kind


@pytest.mark.parametrize("suffix", [*READABLE, *(suffix.upper() for suffix in READABLE)])
def test_every_suffix_is_read(tmp_path: Path, suffix: str) -> None:
    if suffix.lower() in FORMATS["HEIF"].suffixes:
        pytest.importorskip("pi_heif")
    photo = read_photo(write_kind(tmp_path / f"photo{suffix}"))
    assert (photo.size.width, photo.size.height) == (WIDTH, HEIGHT)
    assert suffix.lower() in FORMATS[photo.format].suffixes


@pytest.mark.parametrize("suffix", [*WRITABLE, *(suffix.upper() for suffix in WRITABLE)])
def test_every_writable_suffix_is_written(tmp_path: Path, suffix: str) -> None:
    pixels = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    write_photo(Photo.from_array(pixels), tmp_path / f"photo{suffix}")
    back = read_photo(tmp_path / f"photo{suffix}")
    assert suffix.lower() in FORMATS[back.format].suffixes
    np.testing.assert_array_equal(back.pixels, pixels)


@pytest.mark.parametrize("suffix", [suffix for suffix in READABLE if suffix not in WRITABLE])
def test_what_is_only_read_is_not_written(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(PhotoError, match="not a format that can be written"):
        write_photo(Photo.from_array(np.zeros((4, 4), np.uint8)), tmp_path / f"photo{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_a_suffix_stands_for_one_format_and_the_modes_are_known() -> None:
    assert len(set(READABLE)) == len(READABLE)
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in READABLE)
    assert frozenset().union(*(row.modes for row in FORMATS.values())) == frozenset(MODES)


def test_without_its_package_a_format_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    for row in FORMATS.values():
        if row.package is not None:
            with pytest.raises(PhotoError, match=f"need the package {row.package}"):
                read_photo(write_kind(tmp_path / f"photo{row.suffixes[0]}"))
