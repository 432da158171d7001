"""Settings survive a round trip, damage, older and newer versions, and a failed save."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from faceapp.settings import MAX_RECENT, Settings, load, save


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    settings = replace(Settings(), theme="dark", steps=8, recent=("/a.png", "/照片.jpg"), canny_low=40.5)
    save(settings, path)
    assert load(path) == settings
    assert os.listdir(path.parent) == ["settings.json"]


def test_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") == Settings()


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00\x01"])
def test_damaged_file_gives_the_defaults(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    assert load(path) == Settings()


def test_damaged_file_is_kept_beside(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "dark"')
    load(path)
    assert (tmp_path / "settings.json.damaged").read_text() == '{"theme": "dark"'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "purple"), ("steps", "8"), ("steps", True), ("recent", [1, 2]), ("recent", "abc"),
        ("mask_opacity", None), ("undo_megabytes", 1.5), ("window", 3), ("sampler", ["heun"]),
    ],
)  # fmt: skip
def test_an_unusable_value_falls_back_alone(tmp_path: Path, name: str, value: object) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({name: value, "seed": 7, "from_the_future": 1}))
    assert load(path) == replace(Settings(), seed=7)


def test_failed_save_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.json"
    save(replace(Settings(), seed=1), path)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(replace(Settings(), seed=2), path)
    assert load(path).seed == 1
    assert os.listdir(tmp_path) == ["settings.json"]


def test_names_that_are_no_text_are_kept(tmp_path: Path) -> None:
    settings = Settings().with_recent(Path(os.fsdecode(b"/photos/\xff.png")))
    save(settings, tmp_path / "settings.json")
    assert load(tmp_path / "settings.json") == settings


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path) -> None:
    (tmp_path / "dotfiles.json").write_text("{}")
    (tmp_path / "dotfiles.json").chmod(0o600)
    try:
        (tmp_path / "settings.json").symlink_to("dotfiles.json")
    except OSError:
        pytest.skip("no right to make links here")
    save(replace(Settings(), seed=5), tmp_path / "settings.json")
    assert (tmp_path / "settings.json").is_symlink()
    assert load(tmp_path / "dotfiles.json").seed == 5
    assert os.name == "nt" or (tmp_path / "dotfiles.json").stat().st_mode & 0o777 == 0o600


def test_recent_files_are_unique_latest_first_and_few(tmp_path: Path) -> None:
    settings = Settings()
    for n in range(MAX_RECENT + 3):
        settings = settings.with_recent(tmp_path / f"{n}.png")
    settings = settings.with_recent(tmp_path / "5.png")
    assert len(settings.recent) == MAX_RECENT
    assert settings.recent[0] == str(tmp_path / "5.png")
    assert len(set(settings.recent)) == MAX_RECENT
