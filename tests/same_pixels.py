"""Whether two installs restore the same pixels: `record` what one makes, then `compare` two records.

    python tests/same_pixels.py record BEFORE.json --python OLD/bin/python --photos FOLDER
    python tests/same_pixels.py record AFTER.json --python NEW/bin/python --photos FOLDER
    python tests/same_pixels.py compare BEFORE.json AFTER.json

A record holds the digests of every file that `demo`, `restore` (ten photos, three masks each) and `batch` write,
what `--json` says of them, and every face that the detector finds in all photos of the folder.  The installs are
driven by their command lines alone, so that they may be of any two versions.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

PHOTOS = 10
_TIMES = ("seconds", "file", "files", "output", "photo", "mask")  # what differs from run to run
_REPORTS = (".csv", ".json", ".jsonl")

_FACES = """
import json, sys
from engine import find_faces, read_photo
def told(face):
    return [repr(face.box), face.landmarks.tolist(), float(face.score)]
print(json.dumps({name: [told(face) for face in find_faces(read_photo(name))] for name in sys.argv[1:]}))
"""


def masks(height: int, width: int) -> dict[str, np.ndarray]:
    """Three masks of a photo: thin scratches, a box where portraits have their face, blots."""
    scratches, box, blots = (np.zeros((height, width), np.uint8) for _ in range(3))
    rng, side = np.random.default_rng(1), min(height, width)
    for _ in range(6):
        ends = [(int(x), int(y)) for x, y in rng.uniform(0, 1, (2, 2)) * (width, height)]
        cv2.line(scratches, ends[0], ends[1], 255, max(2, side // 150))
        cv2.circle(blots, ends[0], side // 16, 255, -1)
    box[height // 4 : height // 2, width // 3 : width // 2] = 255
    return {"scratches": scratches, "box": box, "blots": blots}


def _run(python: str, *arguments: str) -> str:
    command = [python, "-m", "faceapp", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tempfile.gettempdir())
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\nexit {done.returncode}: {done.stderr}")
    return done.stdout


def _digests(folder: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder but reports, which tell times; of a picture it holds the metadata too."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in _REPORTS)
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _size(photo: Path) -> tuple[int, int]:
    """Height and width as OpenCV sees them."""
    picture = cv2.imread(str(photo))
    assert picture is not None, photo
    return picture.shape[0], picture.shape[1]


def _restored(python: str, photos: list[Path], work: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for photo in photos:
        for name, mask in masks(*_size(photo)).items():
            marks, out = work / "mask.png", work / "restored" / f"{photo.stem}-{name}.png"
            out.parent.mkdir(exist_ok=True)
            cv2.imwrite(str(marks), mask)
            told = json.loads(_run(python, "restore", str(photo), "--mask", str(marks), "-o", str(out), "--json"))
            found[out.name] = {key: value for key, value in told.items() if key not in _TIMES}
    return found


def record(python: str, folder: Path) -> dict[str, Any]:
    """What the install of that interpreter makes of the photos of a folder."""
    photos = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp"))
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        _run(python, "demo", "-o", str(work / "demo"))
        told = _restored(python, photos[:PHOTOS], work)
        batch, marks = work / "in", work / "marks"
        batch.mkdir(), marks.mkdir()
        for photo in photos[:PHOTOS]:
            (batch / photo.name).write_bytes(photo.read_bytes())
            cv2.imwrite(str(marks / f"{photo.stem}.png"), masks(*_size(photo))["blots"])
        _run(python, "batch", str(batch), str(work / "out"), "--masks", str(marks), "--method", "telea")
        command = [python, "-c", _FACES, *map(str, photos)]
        faces = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=work).stdout)
        made = {name: _digests(work / name) for name in ("demo", "restored", "out")}
    return {"files": made, "told": told, "faces": {Path(name).name: found for name, found in faces.items()}}


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What differs, a line each."""
    lines = []
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key), after.get(key)
        if isinstance(one, dict) and isinstance(other, dict):
            lines += [f"{key}/{line}" for line in compare(one, other)]
        elif one != other:
            lines.append(f"{key}: {str(one)[:100]} -> {str(other)[:100]}")
    return lines


def _leaves(value: Any) -> int:
    return sum(map(_leaves, value.values())) if isinstance(value, dict) else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("to", type=Path)
    recording.add_argument("--python", default=sys.executable)
    recording.add_argument("--photos", type=Path, required=True)
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    chosen = parser.parse_args()
    if chosen.command == "record":
        chosen.to.write_text(json.dumps(record(chosen.python, chosen.photos), indent=1))
        return 0
    before, after = (json.loads(path.read_text()) for path in (chosen.before, chosen.after))
    lines = compare(before, after)
    print("\n".join(lines) or f"the same: {_leaves(before)} values compared")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
